"""Manifests of the kinds that people write, with most of the fields that they use, by client attribute."""

from __future__ import annotations

from typing import Any

import yaml

_MANIFESTS = """
core_v1.pods:
  metadata:
    name: full
    labels: {app: full, app.kubernetes.io/name: full}
    annotations: {example.com/note: "a \\"quoted\\" note: é ✓", example.com/number: "12e4"}
  spec:
    restartPolicy: Always
    terminationGracePeriodSeconds: 5
    hostNetwork: false
    dnsPolicy: ClusterFirst
    enableServiceLinks: true
    securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000, seccompProfile: {type: RuntimeDefault}}
    nodeSelector: {kubernetes.io/os: linux}
    tolerations:
    - {key: node.example.com/special, operator: Exists, effect: NoSchedule, tolerationSeconds: null}
    affinity:
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector: {matchExpressions: [{key: app, operator: In, values: [full, other]}]}
    topologySpreadConstraints:
    - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: full}}}
    initContainers:
    - {name: setup, image: "busybox:1.37", command: [sh, -c, "echo 'set up'"]}
    containers:
    - name: main
      image: registry.example.com/team/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
      args: ["--verbose", "--name=$(NAME)"]
      ports: [{name: http, containerPort: 8080, protocol: TCP}, {name: metrics, containerPort: 9090}]
      env:
      - {name: PLAIN, value: "yes"}
      - {name: EMPTY, value: ""}
      - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
      - {name: SECRET, valueFrom: {secretKeyRef: {name: token, key: value, optional: true}}}
      - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
      envFrom: [{prefix: FROM_, configMapRef: {name: settings, optional: true}}]
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: "1", memory: 1.5Gi, example.com/gpu: 1}}
      livenessProbe: {httpGet: {path: /healthz, port: http, scheme: HTTP}, periodSeconds: 5, failureThreshold: 3}
      readinessProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 1}
      startupProbe: {exec: {command: ["true"]}}
      lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumeMounts:
      - {name: config, mountPath: /etc/app, readOnly: true}
      - {name: scratch, mountPath: /tmp, subPath: a}
      - {name: projected, mountPath: /var/run/projected}
    volumes:
    - {name: config, configMap: {name: settings, defaultMode: 420, optional: true, items: [{key: a, path: b/a}]}}
    - {name: scratch, emptyDir: {sizeLimit: 1Gi}}
    - {name: bare, emptyDir: {}}
    - name: projected
      projected:
        sources:
        - {serviceAccountToken: {audience: api, expirationSeconds: 3600, path: token}}
        - {downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
apps_v1.deployments:
  metadata: {name: full}
  spec:
    replicas: 0
    revisionHistoryLimit: 3
    progressDeadlineSeconds: 120
    minReadySeconds: 2
    selector: {matchLabels: {app: full}}
    strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
    template:
      metadata: {labels: {app: full}}
      spec: {containers: [{name: main, image: "busybox:1.37"}]}
apps_v1.stateful_sets:
  metadata: {name: full}
  spec:
    replicas: 0
    serviceName: full
    podManagementPolicy: Parallel
    selector: {matchLabels: {app: full}}
    template:
      metadata: {labels: {app: full}}
      spec: {containers: [{name: main, image: "busybox:1.37"}]}
    volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
apps_v1.daemon_sets:
  metadata: {name: full}
  spec:
    selector: {matchLabels: {app: full}}
    template:
      metadata: {labels: {app: full}}
      spec: {nodeSelector: {no: where}, containers: [{name: main, image: "busybox:1.37"}]}
batch_v1.cron_jobs:
  metadata: {name: full}
  spec:
    schedule: "*/5 * * * *"
    timeZone: Etc/UTC
    suspend: true
    concurrencyPolicy: Forbid
    jobTemplate:
      spec:
        backoffLimit: 0
        ttlSecondsAfterFinished: 60
        podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}
        template: {spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1.37"}]}}
core_v1.services:
  metadata: {name: full}
  spec:
    type: LoadBalancer
    selector: {app: full}
    sessionAffinity: ClientIP
    sessionAffinityConfig: {clientIP: {timeoutSeconds: 100}}
    ports: [{name: http, port: 80, targetPort: http}, {name: other, port: 81, targetPort: 8081, protocol: UDP}]
core_v1.secrets:
  metadata: {name: full}
  type: Opaque
  data: {binary: AAECAwT//w==, text: dGV4dA==}
  immutable: true
core_v1.config_maps:
  metadata: {name: full, finalizers: []}
  data: {a.txt: "line\\nline\\n", number: "1e5", empty: ""}
  binaryData: {blob: AAECAwT//w==}
core_v1.persistent_volume_claims:
  metadata: {name: full}
  spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 5Gi}}, volumeMode: Block}
core_v1.resource_quotas:
  metadata: {name: full}
  spec: {hard: {requests.cpu: "1", pods: 10, requests.storage: 1.5Ti}}
networking_v1.ingresses:
  metadata: {name: full}
  spec:
    ingressClassName: example
    tls: [{hosts: [example.com], secretName: cert}]
    rules:
    - host: example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
networking_v1.network_policies:
  metadata: {name: full}
  spec:
    podSelector: {}
    policyTypes: [Ingress, Egress]
    ingress:
    - from: [{namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
      ports: [{port: http}]
    egress: [{}]
rbac_v1.roles:
  metadata: {name: full}
  rules:
  - {apiGroups: ["", apps], resources: ["pods/log", "*"], resourceNames: [web], verbs: [get, list]}
autoscaling_v2.horizontal_pod_autoscalers:
  metadata: {name: full}
  spec:
    minReplicas: 1
    maxReplicas: 3
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}
    behavior: {scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}
    metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}
policy_v1.pod_disruption_budgets:
  metadata: {name: full}
  spec: {maxUnavailable: 50%, selector: {matchLabels: {app: full}}, unhealthyPodEvictionPolicy: AlwaysAllow}
coordination_v1.leases:
  metadata: {name: full}
  spec:
    holderIdentity: me
    leaseDurationSeconds: 15
    acquireTime: "2026-01-02T03:04:05.000000Z"
    renewTime: "2026-01-02T03:04:05.678901Z"
events_v1.events:
  metadata: {name: full}
  eventTime: "2026-01-02T03:04:05.000000Z"
  action: Test
  reason: Tested
  type: Normal
  note: a note
  reportingController: example.com/test
  reportingInstance: test-1
  regarding: {kind: Pod, name: full, apiVersion: v1, namespace: THIS-NAMESPACE}
apiextensions_v1.custom_resource_definitions:
  metadata: {name: widgets.lists.example.com}
  spec:
    group: lists.example.com
    scope: Namespaced
    names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
    versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 0, maximum: 10, default: 3}
                tags: {type: array, items: {type: string}, x-kubernetes-list-type: set}
                any: {x-kubernetes-preserve-unknown-fields: true}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                ratio: {type: number, format: double, enum: [0.5, 1]}
                extra: {type: object, additionalProperties: {type: string, pattern: "^a+$"}}
              x-kubernetes-validations: [{rule: "self.size < 9", message: too large}]
admissionregistration_v1.validating_admission_policies:
  metadata: {name: lists.example.com}
  spec:
    failurePolicy: Ignore
    matchConstraints:
      resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [nothing]}]
    validations: [{expression: "object.spec.size < 9", messageExpression: "'too large'"}]
storage_v1.storage_classes:
  metadata: {name: lists}
  provisioner: example.com/none
  parameters: {type: fast}
  reclaimPolicy: Delete
  allowVolumeExpansion: true
  mountOptions: [discard]
  volumeBindingMode: WaitForFirstConsumer
scheduling_v1.priority_classes:
  metadata: {name: lists}
  value: -5
  globalDefault: false
  description: for tests
"""

OBJECTS: dict[str, dict[str, Any]] = yaml.safe_load(_MANIFESTS)
