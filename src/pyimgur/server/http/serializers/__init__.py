"""JSON objects of the API, by resource: rows of the services in Imgur's fields, order and types."""
