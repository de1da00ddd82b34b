"""Tables: the columns of each kind, and the rows of objects, as kube-apiserver prints them for `kubectl get`."""
