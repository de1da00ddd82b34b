// client-go's own machinery, driven by a test over lines:
//
//	conformance informer json|protobuf KUBECONFIG
//	conformance elect json|protobuf KUBECONFIG IDENTITY
//
// It prints what happens, a line each. The informer answers the line "cache" on its input with what it has; both end
// with their input.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const namespace = "default"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatalf("3 arguments are needed, not %d", len(os.Args)-1)
	}
	client := connected(os.Args[3], os.Args[2])
	switch work := os.Args[1]; work {
	case "informer":
		inform(client)
	case "elect":
		elect(client, os.Args[4])
	default:
		log.Fatalf("unknown work %q", work)
	}
}

// connected returns a client that speaks an encoding in both directions.
func connected(kubeconfig, encoding string) *kubernetes.Clientset {
	config := checked(clientcmd.BuildConfigFromFlags("", kubeconfig))
	config.QPS = -1
	config.ContentType = map[string]string{
		"json":     "application/json",
		"protobuf": "application/vnd.kubernetes.protobuf",
	}[encoding]
	config.AcceptContentTypes = config.ContentType
	return checked(kubernetes.NewForConfig(config))
}

// inform follows the config maps of the namespace.
func inform(client *kubernetes.Clientset) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	checked(informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(added any) { say("add", shown(added)) },
		UpdateFunc: func(_, updated any) { say("update", shown(updated)) },
		DeleteFunc: func(deleted any) {
			if unknown, missed := deleted.(cache.DeletedFinalStateUnknown); missed {
				deleted = unknown.Obj
			}
			say("delete", shown(deleted))
		},
	}))
	stop := make(chan struct{})
	go informer.Run(stop)
	if !cache.WaitForCacheSync(stop, informer.HasSynced) {
		log.Fatal("not synced")
	}
	say("synced")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var found []string
		for _, one := range informer.GetStore().List() {
			found = append(found, shown(one))
		}
		sort.Strings(found)
		say(append([]string{"cache"}, found...)...)
	}
	close(stop)
}

// elect takes part in an election, and gives its lease up in the end.
func elect(client *kubernetes.Clientset, identity string) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		}
		cancel()
	}()
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: "election"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		},
		ReleaseOnCancel: true,
		LeaseDuration:   3 * time.Second,
		RenewDeadline:   2 * time.Second,
		RetryPeriod:     200 * time.Millisecond,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { say("leading") },
			OnStoppedLeading: func() { say("stopped") },
			OnNewLeader:      func(leader string) { say("leader", leader) },
		},
	})
}

// shown names a config map and what it holds.
func shown(object any) string {
	found := object.(*corev1.ConfigMap)
	return found.Name + "=" + found.Data["x"]
}

func say(words ...string) {
	fmt.Println(strings.Join(words, " "))
}

func checked[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
