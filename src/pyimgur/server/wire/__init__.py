"""What goes over the wire: how a request may look and how an answer looks. Knows HTTP and Imgur's shapes, no SQL."""
