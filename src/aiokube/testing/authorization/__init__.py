"""Who may do what: attributes of requests, rules of roles, and the decisions that follow from both."""
