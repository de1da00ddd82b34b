"""Who manages which field of an object: sets of fields, and what server-side apply makes of them.

The algorithms are those of sigs.k8s.io/structured-merge-diff, over plain JSON data and the schemas of the document.
"""
