"""HTTP: requests, parameters, authentication, responses, errors; and the layers around the application."""
