"""Signed outgoing events (Standard Webhooks). Here: the outbox that they are written to."""
