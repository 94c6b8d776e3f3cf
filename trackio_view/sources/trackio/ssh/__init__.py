"""Machines behind SSH: what is asked of a program that is sent there and reads for us."""
