"""HTTP/1.1 connections, cached answers, conditional requests, codings and problem documents."""
