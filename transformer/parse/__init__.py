"""Bytes to ``ir.Dockerfile`` without losing one of them, and the scope of ARG and ENV."""
