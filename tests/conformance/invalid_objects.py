"""Objects that kube-apiserver refuses, and objects that it just accepts, by the collection to which they are posted."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

LABELS = {"app": "web"}
CONTAINER: Json = {"name": "a", "image": "a"}


def pod(container: Json | None = None, **spec: Any) -> Json:
    """Return a pod of one container, or with other fields."""
    return {"spec": {"containers": [{**CONTAINER, **(container or {})}], **spec}}


def template(container: Json | None = None, **spec: Any) -> Json:
    """Return the template of a pod."""
    return {"metadata": {"labels": LABELS}, **pod(container, **spec)}


def workload(container: Json | None = None, **spec: Any) -> Json:
    """Return a workload."""
    return {"spec": {"selector": {"matchLabels": LABELS}, "template": template(container), **spec}}


def job(container: Json | None = None, **spec: Any) -> Json:
    """Return a job."""
    return {"spec": {"template": pod(container, restartPolicy="Never"), **spec}}


def cron_job(**spec: Any) -> Json:
    """Return a cron job."""
    return {"spec": {"schedule": "* * * * *", "jobTemplate": job(), **spec}}


def requests(**more: Any) -> Json:
    """Return a container with resources."""
    return {"resources": more}


def probe(**more: Any) -> Json:
    """Return a container with a probe."""
    return {"livenessProbe": more}


def service(**spec: Any) -> Json:
    """Return a service of one port."""
    return {"spec": {"ports": [{"port": 80}], **spec}}


def claim(**spec: Any) -> Json:
    """Return a claim of a volume."""
    return {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}}


def expression(operator: str, values: list[str] | None = None, key: str = "app") -> Json:
    """Return a label selector of one expression."""
    found = {"key": key, "operator": operator, **({} if values is None else {"values": values})}
    return {"matchExpressions": [found]}


# In each, one key of a map is wrong at most: kube-apiserver walks over maps in any order.
SELECTORS = [
    expression("Nope"),
    expression(""),
    expression("In"),
    expression("NotIn", []),
    expression("Exists", ["a"]),
    expression("DoesNotExist", ["a"]),
    expression("In", ["a b"]),
    expression("Exists", key="a b"),
    expression("Exists", key=""),
    {"matchLabels": {"a b": "x"}},
    {"matchLabels": {"a": "x y"}},
]
GOOD = {"matchLabels": LABELS}

INVALID: dict[str, list[Json]] = {
    "/api/v1 pods": [
        pod(requests(requests={"cpu": "-1"})),
        pod(requests(requests={"cpu": "2"}, limits={"cpu": "1"})),
        pod(requests(limits={"memory": "-1Gi"})),
        pod(requests(requests={"foo": "1"})),
        pod(requests(requests={"a b/c": "1"})),
        pod(requests(requests={"example.com/gpu": "1"})),
        pod(requests(requests={"example.com/gpu": "1500m"}, limits={"example.com/gpu": "1500m"})),
        pod(requests(requests={"example.com/gpu": "1"}, limits={"example.com/gpu": "2"})),
        pod(containers=[CONTAINER, CONTAINER]),
        pod(initContainers=[CONTAINER]),
        pod(initContainers=[{**CONTAINER, "name": "i"}, {**CONTAINER, "name": "i"}]),
        pod(containers=[]),
        pod({"name": "A_b"}),
        pod({"name": ""}),
        pod({"name": "a" * 64}),
        pod({"image": " a"}),
        pod({"image": ""}),
        pod({"imagePullPolicy": "Sometimes"}),
        pod({"terminationMessagePolicy": "Nope"}),
        pod({"ports": [{"containerPort": 99999999}]}),
        pod({"ports": [{"containerPort": 0}]}),
        pod({"ports": [{"containerPort": 80, "hostPort": -1}]}),
        pod({"ports": [{"containerPort": 80, "protocol": "HTTP"}]}),
        pod({"ports": [{"containerPort": 80, "name": "Http_"}]}),
        pod({"ports": [{"containerPort": 80, "name": "a" * 16}]}),
        pod({"ports": [{"containerPort": 80, "name": "80"}]}),
        pod({"ports": [{"containerPort": 80, "name": "a--b"}]}),
        pod({"ports": [{"containerPort": 80, "name": "-a"}]}),
        pod({"ports": [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]}),
        pod({"env": [{"name": ""}, {"name": "a=b"}, {"name": "a", "value": "x", "valueFrom": {}}]}),
        pod({"env": [{"name": "a", "valueFrom": {}}]}),
        pod({"env": [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "spec.nope"}}}]}),
        pod({"env": [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": ""}}}]}),
        pod({"env": [{"name": "a", "valueFrom": {"secretKeyRef": {"name": "", "key": "a b"}}}]}),
        pod({"env": [{"name": "a", "valueFrom": {"configMapKeyRef": {"name": "a", "key": ""}}}]}),
        pod({"envFrom": [{}]}),
        pod({"envFrom": [{"configMapRef": {"name": ""}}]}),
        pod({"envFrom": [{"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}]}),
        pod({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
        pod({"volumeMounts": [{"name": "", "mountPath": ""}]}),
        pod({"volumeMounts": [{"name": "v", "mountPath": "/v"}] * 2}, volumes=[{"name": "v", "emptyDir": {}}]),
        pod(volumes=[{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]),
        pod(volumes=[{"name": "V_"}, {"name": ""}]),
        pod(volumes=[{"name": "v", "emptyDir": {}, "configMap": {"name": "a"}}]),
        pod(volumes=[{"name": "v", "configMap": {"name": ""}}, {"name": "w", "secret": {"secretName": ""}}]),
        pod(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": ""}}]),
        pod(volumes=[{"name": "v", "hostPath": {"path": ""}}, {"name": "w", "hostPath": {"path": "/a/../b"}}]),
        pod(volumes=[{"name": "v", "configMap": {"name": "a", "items": [{"key": "", "path": "/a"}]}}]),
        pod(volumes=[{"name": "v", "secret": {"secretName": "a", "defaultMode": 9999}}]),
        pod(probe()),
        pod(probe(httpGet={"port": 0})),
        pod(probe(httpGet={"port": "A_", "path": ""})),
        pod(probe(httpGet={"port": 80, "scheme": "ftp"})),
        pod(probe(tcpSocket={"port": 99999})),
        pod(probe(exec={"command": []})),
        pod(probe(exec={"command": ["a"]}, tcpSocket={"port": 80})),
        pod(probe(exec={"command": ["a"]}, periodSeconds=-1, timeoutSeconds=-1, initialDelaySeconds=-1)),
        pod(probe(exec={"command": ["a"]}, successThreshold=2)),
        pod(probe(exec={"command": ["a"]}, failureThreshold=-2)),
        pod(probe(grpc={"port": 0})),
        pod({"readinessProbe": {"exec": {"command": ["a"]}, "terminationGracePeriodSeconds": 5}}),
        pod({"lifecycle": {"preStop": {}}}),
        pod({"lifecycle": {"postStart": {"exec": {"command": []}}}}),
        pod(initContainers=[{**CONTAINER, "name": "i", **probe(exec={"command": ["a"]})}]),
        pod(activeDeadlineSeconds=0),
        pod(restartPolicy="Nope"),
        pod(dnsPolicy="Nope"),
        pod(dnsPolicy="None"),
        pod(nodeName="A_"),
        pod(hostname="A_", subdomain="A_"),
        pod(nodeSelector={"a b": "x y"}),
        pod(tolerations=[{"operator": "Nope"}, {"operator": "Equal"}, {"key": "a b", "operator": "Exists"}]),
        pod(tolerations=[{"key": "a", "operator": "Exists", "value": "x"}, {"key": "a", "effect": "Nope"}]),
        pod(tolerations=[{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}]),
        pod(readinessGates=[{"conditionType": "a b"}]),
        pod(hostAliases=[{"ip": "nope", "hostnames": ["A_"]}]),
        pod(securityContext={"runAsUser": -1, "fsGroup": -1}),
        pod({"securityContext": {"runAsUser": -1, "privileged": True, "allowPrivilegeEscalation": False}}),
        pod({"workingDir": "a"}, containers=[{**CONTAINER, "name": "A"}], terminationGracePeriodSeconds=-5),
        *(
            pod(
                topologySpreadConstraints=[
                    {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": one}
                ]
            )
            for one in SELECTORS
        ),
        pod(topologySpreadConstraints=[{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "Nope"}]),
        pod(
            affinity={
                "podAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "topologyKey": "",
                            "labelSelector": SELECTORS[0],
                            "namespaceSelector": SELECTORS[2],
                            "namespaces": ["A_"],
                        }
                    ]
                }
            }
        ),
        pod(
            affinity={
                "podAntiAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 0, "podAffinityTerm": {"topologyKey": "a b", "labelSelector": SELECTORS[4]}}
                    ]
                }
            }
        ),
        pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}),
        pod(
            affinity={
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            expression("Nope"),
                            expression("Gt", ["a", "b"]),
                            expression("In"),
                            expression("Exists", ["a"]),
                            expression("In", ["a"], key="a b"),
                            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "b"]}]},
                            {"matchFields": [{"key": "nope", "operator": "In", "values": ["a"]}]},
                        ]
                    }
                }
            }
        ),
    ],
    "/apis/apps/v1 deployments": [
        *({"spec": {"selector": one, "template": template()}} for one in SELECTORS),
        {"spec": {"template": template()}},
        {"spec": {"selector": {}, "template": template()}},
        {"spec": {"selector": {"matchLabels": {"app": "b"}}, "template": template()}},
        workload(replicas=-1),
        workload(minReadySeconds=-1),
        workload(minReadySeconds=700),
        workload(revisionHistoryLimit=-1),
        workload(progressDeadlineSeconds=0),
        workload(strategy={"type": "Nope"}),
        workload(strategy={"type": "Recreate", "rollingUpdate": {}}),
        workload(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
        workload(strategy={"rollingUpdate": {"maxSurge": -1, "maxUnavailable": "110%"}}),
        workload(strategy={"rollingUpdate": {"maxSurge": "x"}}),
        workload({"ports": [{"containerPort": 99999999}]}),
        workload({"name": "A_"}, replicas=-2),
        workload(template=template(restartPolicy="Never")),
        workload(template=template(activeDeadlineSeconds=5)),
        workload(template={**template(), "metadata": {"labels": {**LABELS, "a b": "x"}}}),
    ],
    "/apis/apps/v1 replicasets": [
        *({"spec": {"selector": one, "template": template()}} for one in SELECTORS[:3]),
        workload(replicas=-1, minReadySeconds=-1),
        workload(template=template(restartPolicy="Never")),
    ],
    "/apis/apps/v1 daemonsets": [
        *({"spec": {"selector": one, "template": template()}} for one in SELECTORS[:3]),
        workload(minReadySeconds=-1, revisionHistoryLimit=-1),
        workload(updateStrategy={"type": "Nope"}),
        workload(updateStrategy={"rollingUpdate": {"maxUnavailable": 0}}),
        workload(template=template(restartPolicy="Never")),
    ],
    "/apis/apps/v1 statefulsets": [
        *({"spec": {"selector": one, "template": template(), "serviceName": "a"}} for one in SELECTORS[:3]),
        workload(replicas=-1, minReadySeconds=-1, revisionHistoryLimit=-1),
        workload(updateStrategy={"type": "Nope"}),
        workload(podManagementPolicy="Nope"),
        workload(updateStrategy={"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
        workload(updateStrategy={"rollingUpdate": {"partition": -1}}),
        workload(template=template(restartPolicy="Never")),
    ],
    "/api/v1 services": [
        {"spec": {}},
        service(clusterIP="garbage"),
        service(clusterIP="8.8.8.8"),
        service(type="Nope"),
        service(type="ExternalName"),
        service(type="ExternalName", externalName="A_"),
        service(sessionAffinity="Nope"),
        service(ports=[{"port": 0}]),
        service(ports=[{"port": 99999}, {"port": 80}]),
        service(ports=[{"port": 80}, {"port": 81}]),
        service(ports=[{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]),
        service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]),
        service(ports=[{"port": 80, "name": "A_"}]),
        service(ports=[{"port": 80, "protocol": "HTTP"}]),
        service(ports=[{"port": 80, "targetPort": 0}, {"port": 81, "targetPort": "A_", "name": "b"}]),
        service(ports=[{"port": 80, "targetPort": 99999}]),
        service(ports=[{"port": 80, "nodePort": 30000}]),
        service(selector={"a b": "x y"}),
        service(type="LoadBalancer", clusterIP="None"),
        service(type="NodePort", clusterIP="None"),
        service(externalIPs=["nope"]),
        service(externalTrafficPolicy="Nope", type="NodePort"),
        service(externalTrafficPolicy="Local"),
        service(internalTrafficPolicy="Nope"),
        service(ipFamilies=["IPv5"]),
        service(ipFamilyPolicy="Nope"),
        service(loadBalancerClass="A_"),
        service(loadBalancerSourceRanges=["nope"], type="LoadBalancer"),
        service(loadBalancerSourceRanges=["10.0.0.0/8"]),
        service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 0}}),
        service(allocateLoadBalancerNodePorts=True),
    ],
    "/api/v1 persistentvolumeclaims": [
        {"spec": {}},
        claim(accessModes=[]),
        claim(accessModes=["Nope"]),
        claim(accessModes=["ReadWriteOncePod", "ReadWriteOnce"]),
        claim(resources={}),
        claim(resources={"requests": {"storage": "-1Gi"}}),
        claim(resources={"requests": {"storage": "0"}}),
        claim(resources={"requests": {"cpu": "1"}}),
        claim(storageClassName="A_"),
        claim(volumeMode="Nope"),
        *(claim(selector=one) for one in SELECTORS),
    ],
    "/apis/batch/v1 jobs": [
        {"spec": {"template": pod()}},
        job(parallelism=-1, completions=-1, backoffLimit=-1, activeDeadlineSeconds=-1, ttlSecondsAfterFinished=-1),
        job(completionMode="Nope"),
        job(selector=GOOD),
        job(selector=SELECTORS[0]),
        job(manualSelector=True),
        job(manualSelector=True, selector=SELECTORS[0]),
        job(manualSelector=True, selector=GOOD),
        job(podReplacementPolicy="Nope"),
        job(backoffLimitPerIndex=1),
        job(maxFailedIndexes=1),
        job({"name": "A_"}),
        job({"ports": [{"containerPort": 0}]}, parallelism=-1),
        job(managedBy="a"),
    ],
    "/apis/batch/v1 cronjobs": [
        {"spec": {"schedule": "* * * * *"}},
        {"spec": {"jobTemplate": job()}},
        cron_job(schedule="nope"),
        cron_job(schedule=""),
        cron_job(schedule="61 * * * *"),
        cron_job(schedule="* * * *"),
        cron_job(schedule="5-2 * * * *"),
        cron_job(schedule="*/0 * * * *"),
        cron_job(schedule="a * * * *"),
        cron_job(schedule="* * * FOO *"),
        cron_job(schedule="@nope"),
        cron_job(schedule="@every x"),
        cron_job(schedule="1-2-3 * * * *"),
        cron_job(schedule="1/2/3 * * * *"),
        cron_job(schedule="* * 0 * *"),
        cron_job(schedule="TZ=UTC * * * * *"),
        cron_job(timeZone="Nope/Where"),
        cron_job(timeZone=""),
        cron_job(timeZone="local"),
        cron_job(concurrencyPolicy="Nope"),
        cron_job(startingDeadlineSeconds=-1, successfulJobsHistoryLimit=-1, failedJobsHistoryLimit=-1),
        cron_job(jobTemplate={"spec": {"template": pod()}}),
        cron_job(jobTemplate=job(parallelism=-1)),
        cron_job(jobTemplate=job(manualSelector=True)),
        cron_job(jobTemplate=job(selector=GOOD)),
        {**cron_job(), "metadata": {"name": "a" * 53}},
    ],
    "/apis/coordination.k8s.io/v1 leases": [
        {"spec": {"leaseDurationSeconds": 0}},
        {"spec": {"leaseDurationSeconds": -1, "leaseTransitions": -1}},
    ],
    "/apis/networking.k8s.io/v1 ingresses": [
        {},
        {"spec": {}},
        {"spec": {"defaultBackend": {}}},
        {"spec": {"defaultBackend": {"service": {"name": ""}}}},
        {"spec": {"defaultBackend": {"service": {"name": "A_", "port": {"number": 99999}}}}},
        {"spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80, "name": "a"}}}}},
        {"spec": {"defaultBackend": {"service": {"name": "a", "port": {"name": "A_"}}}}},
        {
            "spec": {
                "defaultBackend": {
                    "service": {"name": "a", "port": {"number": 80}},
                    "resource": {"kind": "a", "name": "a"},
                }
            }
        },
        {"spec": {"defaultBackend": {"resource": {"kind": "", "name": ""}}}},
        {"spec": {"rules": [{"host": "A_"}]}},
        {"spec": {"rules": [{"host": "10.0.0.1"}]}},
        {"spec": {"rules": [{"host": "*.a_b"}]}},
        {"spec": {"rules": [{"host": "a.*.b"}]}},
        {"spec": {"rules": [{"http": {"paths": []}}]}},
        {"spec": {"rules": [{"http": {"paths": [{"backend": {}}]}}]}},
        {
            "spec": {
                "rules": [
                    {
                        "http": {
                            "paths": [
                                {
                                    "path": path,
                                    "pathType": type,
                                    "backend": {"service": {"name": "a", "port": {"number": 80}}},
                                }
                                for path, type in (
                                    ("a", "Prefix"),
                                    ("/a//b", "Exact"),
                                    ("", "Exact"),
                                    ("/", "Nope"),
                                    ("a", "ImplementationSpecific"),
                                    ("/a/./b", "Exact"),
                                    ("/a%2fb", "Prefix"),
                                    ("/a/..", "Prefix"),
                                )
                            ]
                        }
                    }
                ]
            }
        },
        {"spec": {"ingressClassName": "A_", "rules": [{"host": "a.b"}]}},
        {"spec": {"ingressClassName": "", "rules": [{"host": "a.b"}]}},
        {"spec": {"tls": [{"hosts": ["A_", "*.x_"], "secretName": "A_"}], "rules": [{"host": "a.b"}]}},
    ],
    "/apis/networking.k8s.io/v1 networkpolicies": [
        *({"spec": {"podSelector": one}} for one in SELECTORS),
        {"spec": {"podSelector": {}, "policyTypes": ["Nope"]}},
        {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress", "Ingress"]}},
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 0}]}]}},
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": "A_", "protocol": "Nope"}]}]}},
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "endPort": 70}, {"endPort": 5}]}]}},
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": "a", "endPort": 70}]}]}},
        {"spec": {"podSelector": {}, "ingress": [{"from": [{}]}]}},
        {"spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": SELECTORS[0]}]}]}},
        {"spec": {"podSelector": {}, "egress": [{"to": [{"namespaceSelector": SELECTORS[2]}]}]}},
        {"spec": {"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "nope"}}, {"ipBlock": {"cidr": ""}}]}]}},
        {"spec": {"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}]}},
        {
            "spec": {
                "podSelector": {},
                "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["x", "11.0.0.0/8", "10.0.0.0/8"]}}]}],
            }
        },
    ],
    "/apis/policy/v1 poddisruptionbudgets": [
        {"spec": {"minAvailable": 1, "maxUnavailable": 1, "selector": GOOD}},
        {"spec": {"minAvailable": -1, "selector": GOOD}},
        {"spec": {"maxUnavailable": "x", "selector": GOOD}},
        {"spec": {"maxUnavailable": "101%", "selector": GOOD}},
        {"spec": {"unhealthyPodEvictionPolicy": "Nope", "selector": GOOD}},
        *({"spec": {"selector": one}} for one in SELECTORS),
    ],
    "/apis/autoscaling/v2 horizontalpodautoscalers": [
        {"spec": {"maxReplicas": 0, "scaleTargetRef": {"kind": "Deployment", "name": "a"}}},
        {"spec": {"maxReplicas": 1, "minReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "a"}}},
        {"spec": {"maxReplicas": 1, "minReplicas": 0, "scaleTargetRef": {"kind": "Deployment", "name": "a"}}},
        {"spec": {"maxReplicas": 1, "minReplicas": -1, "scaleTargetRef": {"kind": "", "name": ""}}},
        {"spec": {"maxReplicas": 1, "scaleTargetRef": {"kind": "a/b", "name": "a/b"}}},
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "metrics": [{"type": "Resource"}],
            }
        },
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "metrics": [{"type": "Nope"}],
            }
        },
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "metrics": [
                    {"type": "Resource", "resource": {"name": "", "target": {"type": "Utilization"}}},
                ],
            }
        },
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 0}},
                    },
                ],
            }
        },
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": 5, "averageValue": "5"},
                        },
                    },
                ],
            }
        },
        {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"kind": "Deployment", "name": "a"},
                "behavior": {
                    "scaleDown": {
                        "stabilizationWindowSeconds": -1,
                        "selectPolicy": "Nope",
                        "policies": [{"type": "Nope", "value": 0, "periodSeconds": 0}],
                    },
                    "scaleUp": {"stabilizationWindowSeconds": 9999},
                },
            }
        },
    ],
    "/api/v1 configmaps": [
        {"data": {"": "x"}},
        {"data": {".": "x"}},
        {"data": {"..": "x"}},
        {"data": {"..a": "x"}},
        {"data": {"a" * 254: "x"}},
        {"data": {"a b": "x"}, "binaryData": {"c d": "eA=="}},
        {"data": {"a": "x"}, "binaryData": {"a": "eA=="}},
        {"data": {"a": "x" * 1048577}},
        {"binaryData": {"a": "eHh4" * 349526}},
    ],
    "/api/v1 secrets": [
        {"data": {"..": "eA=="}},
        {"data": {"a b": "eA=="}},
        {"stringData": {"a b": "x"}},
        {"stringData": {"a": "x" * 1048577}},
        {"type": "kubernetes.io/tls"},
        {"type": "kubernetes.io/tls", "stringData": {"tls.crt": "x"}},
        {"type": "kubernetes.io/dockerconfigjson"},
        {"type": "kubernetes.io/dockercfg", "stringData": {".dockercfg": "{"}},
        {"type": "kubernetes.io/basic-auth"},
        {"type": "kubernetes.io/ssh-auth"},
        {"type": "kubernetes.io/service-account-token"},
    ],
}

ENVIRONMENT: list[Json] = [
    {"name": "a.b-C_", "value": "x"},
    {"name": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['a.b/c']"}}},
    {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    {"name": "d", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
    {"name": "e", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}},
]

VALID: dict[str, list[Json]] = {
    "/api/v1 pods": [
        pod({"env": ENVIRONMENT, "envFrom": [{"prefix": "A_", "configMapRef": {"name": "a", "optional": True}}]}),
        pod({"ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 80, "protocol": "UDP"}]}),
        pod(requests(requests={"cpu": "1n", "memory": "1e3", "example.com/gpu": 1}, limits={"example.com/gpu": "1"})),
        pod(requests(limits={"cpu": "0", "ephemeral-storage": "1Gi", "hugepages-2Mi": "2Mi", "memory": "1Gi"})),
        pod(probe(httpGet={"port": "http"}, terminationGracePeriodSeconds=1)),
        pod(probe(grpc={"port": 80}), terminationGracePeriodSeconds=-1),
        pod({"lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}),
        pod(initContainers=[{**CONTAINER, "name": "i", "restartPolicy": "Always", **probe(tcpSocket={"port": 80})}]),
        pod(
            {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a/b"}]},
            volumes=[
                {"name": "v"},
                {"name": "w", "projected": {"sources": [{"configMap": {"name": "a"}}]}},
                {"name": "x", "persistentVolumeClaim": {"claimName": "a"}},
                {"name": "y", "secret": {"secretName": "a", "items": [{"key": "a", "path": "b/..c", "mode": 256}]}},
            ],
        ),
        pod(tolerations=[{"operator": "Exists"}, {"key": "a", "value": "b", "effect": "PreferNoSchedule"}]),
        pod(dnsPolicy="None", dnsConfig={"nameservers": ["10.0.0.1"], "options": [{"name": "ndots", "value": "2"}]}),
        pod(hostNetwork=True, hostAliases=[{"ip": "::1", "hostnames": ["a.b"]}], nodeName="nowhere"),
        pod(
            affinity={
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 100, "preference": expression("Gt", ["5"])}
                    ]
                }
            },
            topologySpreadConstraints=[
                {"maxSkew": 1, "topologyKey": "a.b/c", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": GOOD}
            ],
        ),
    ],
    "/apis/apps/v1 deployments": [
        workload(strategy={"type": "Recreate"}),
        workload(strategy={"rollingUpdate": {"maxSurge": "150%", "maxUnavailable": 0}}),
        {"spec": {"selector": expression("In", ["web", "b"]), "template": template()}},
    ],
    "/apis/apps/v1 daemonsets": [workload(updateStrategy={"type": "OnDelete"}), workload()],
    "/apis/apps/v1 statefulsets": [
        workload(
            {"volumeMounts": [{"name": "data", "mountPath": "/v"}]},
            volumeClaimTemplates=[{"metadata": {"name": "data"}, **claim()}],
            serviceName="a",
        ),
        workload(updateStrategy={"type": "OnDelete"}, podManagementPolicy="Parallel"),
    ],
    "/api/v1 services": [
        service(clusterIP="None", ports=[]),
        service(clusterIP="10.96.200.7"),
        service(type="ExternalName", externalName="a.b."),
        service(
            type="LoadBalancer",
            loadBalancerSourceRanges=["10.0.0.0/8 "],
            loadBalancerClass="a.b/c",
            allocateLoadBalancerNodePorts=False,
        ),
        service(ports=[{"port": 53, "name": "a"}, {"port": 53, "name": "b", "protocol": "UDP", "targetPort": "dns"}]),
        service(sessionAffinity="ClientIP"),
        service(sessionAffinityConfig={"clientIP": {"timeoutSeconds": 5}}),
        service(externalIPs=["1.2.3.4"], externalTrafficPolicy="Local"),
    ],
    "/api/v1 persistentvolumeclaims": [
        claim(storageClassName="", volumeMode="Block", selector=GOOD),
        claim(dataSource={"kind": "Pod", "name": "a"}),
        claim(dataSource={"kind": "PersistentVolumeClaim", "name": "a"}),
    ],
    "/apis/batch/v1 jobs": [
        job(completionMode="Indexed", completions=2, backoffLimitPerIndex=1, maxFailedIndexes=1, managedBy="a.b/c"),
        job(selector={"matchLabels": {}}),
        {"spec": {"template": pod(restartPolicy="OnFailure"), "suspend": True}},
    ],
    "/apis/batch/v1 cronjobs": [
        cron_job(schedule="*/5 1,2-4 ? JAN-mar/2 sun"),
        cron_job(schedule="@every 1h30m", timeZone="Europe/Berlin"),
        cron_job(schedule="@daily", timeZone="UTC"),
    ],
    "/apis/coordination.k8s.io/v1 leases": [{"spec": {"preferredHolder": "a", "strategy": "b"}}],
    "/apis/networking.k8s.io/v1 ingresses": [
        {"spec": {"rules": [{"host": "*.a.b"}], "tls": [{"hosts": ["a.b"]}]}},
        {"spec": {"defaultBackend": {"resource": {"kind": "a", "name": "b"}}}},
    ],
    "/apis/networking.k8s.io/v1 networkpolicies": [
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "endPort": 90}], "from": []}]}},
        {"spec": {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}]}},
    ],
    "/apis/policy/v1 poddisruptionbudgets": [{}, {"spec": {"minAvailable": "50%", "selector": {}}}],
    "/apis/autoscaling/v2 horizontalpodautoscalers": [
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}}},
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "ReplicationController", "name": "a"}}},
    ],
    "/api/v1 secrets": [
        {"type": "kubernetes.io/basic-auth", "stringData": {"password": ""}},
        {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{}"}},
    ],
}
"""Objects at the edge of what is valid."""
