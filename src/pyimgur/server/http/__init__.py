"""HTTP: requests, parameters, authentication, rate limit, responses, errors, and the middleware."""
