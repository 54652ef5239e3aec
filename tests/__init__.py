"""Examines every stage of mailassay, offline and on the lab."""
