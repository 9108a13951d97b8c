"""Driving: profiles, routes and tables of travel times between buildings."""
