"""Pictures on their way: neither lost nor doubled going up, whole or not there coming down."""
