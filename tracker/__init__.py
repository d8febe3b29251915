"""Sanxun: live patrol and rural governance server."""
