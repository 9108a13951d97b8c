"""Driving profiles fitted to observed trips."""
