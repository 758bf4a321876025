"""Serializers, by resource: rows of the services to JSON objects with Imgur's fields, order and types."""
