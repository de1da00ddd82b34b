"""Paths of the document as methods of group-versions and resources, by the verbs that apply to them."""
