"""The runtime of every generated client. Private, but for `verbs`, the contract with generated packages."""
