"""`Api`: the verbs over the objects of any resource, which discovery finds."""
