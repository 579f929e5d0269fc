"""Is this file, or this token, genuine?"""
