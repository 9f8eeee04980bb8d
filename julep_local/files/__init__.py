"""From files to texts: which files of a folder are worth reading (find.py), and what they say (extract.py).

It knows nothing of docs, agents or the database. What reads PDF, DOCX and HTML is the extra `files`.
"""
