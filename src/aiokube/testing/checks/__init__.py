"""Validation of the kinds that tests meet most, with kube-apiserver's causes in kube-apiserver's order."""
