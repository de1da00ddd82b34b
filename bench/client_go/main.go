// The measurements of `make bench` with client-go, each in a new process, as bench/worker.py makes them in Python:
//
//	client_go list|informer|watch|get json|protobuf KUBECONFIG ROUNDS COUNT RESOURCE VERSION
//
// It prints the seconds of each round, the number of objects, and the bytes that they take, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	namespace = "default"
	inFlight  = 50
	// A namespace that does not exist, of which lists are empty.
	empty = "empty"
)

// result is what one process has measured.
type result struct {
	// Seconds of each round.
	Wall []float64 `json:"wall"`
	CPU  []float64 `json:"cpu"`
	// Objects, events or calls of a round.
	Count int `json:"count"`
	// Bytes by which the process grew: resident memory for a list, the heap for an informer.
	Memory int64 `json:"memory"`
}

// bench is a client with the arguments of the process.
type bench struct {
	config   *rest.Config
	typed    *kubernetes.Clientset
	rounds   int
	count    int
	resource schema.GroupVersionResource
	version  string
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 8 {
		log.Fatalf("7 arguments are needed, not %d", len(os.Args)-1)
	}
	work, encoding := os.Args[1], os.Args[2]
	b := bench{config: configured(os.Args[3], encoding), rounds: number(os.Args[4]), count: number(os.Args[5])}
	b.resource, b.version = parsed(os.Args[6]), os.Args[7]
	b.typed = checked(kubernetes.NewForConfig(b.config))
	works := map[string]func(*result){"list": b.list, "informer": b.informer, "watch": b.watch, "get": b.get}
	run, known := works[work]
	if !known {
		log.Fatalf("unknown work %q", work)
	}
	found := result{Wall: []float64{}, CPU: []float64{}}
	run(&found)
	fmt.Println(string(checked(json.Marshal(found))))
}

// configured returns the settings of a client without a limit of calls a second.
func configured(kubeconfig, encoding string) *rest.Config {
	config := checked(clientcmd.BuildConfigFromFlags("", kubeconfig))
	config.QPS = -1
	config.ContentType = "application/json"
	config.AcceptContentTypes = "application/json"
	if encoding == "protobuf" {
		config.ContentType = "application/vnd.kubernetes.protobuf"
		config.AcceptContentTypes = "application/vnd.kubernetes.protobuf"
	}
	return config
}

// list reads all pods at once, as typed objects.
func (b *bench) list(found *result) {
	b.connect()
	var pods *corev1.PodList
	before := resident()
	list := func() {
		pods = nil
		pods = checked(b.typed.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{}))
	}
	list()
	found.Count, found.Memory = len(pods.Items), resident()-before
	b.measure(found, list)
}

// informer syncs an informer.
func (b *bench) informer(found *result) {
	// What the first informer takes once is no part of an object.
	stop := make(chan struct{})
	b.synced(empty, stop)
	close(stop)
	before := heap()
	stop = make(chan struct{})
	store := b.synced(namespace, stop).GetStore()
	found.Memory = heap() - before
	found.Count = len(store.ListKeys())
	close(stop)
	b.measure(found, func() {
		stop := make(chan struct{})
		b.synced(namespace, stop)
		close(stop)
	})
}

// synced returns an informer whose cache is complete: a typed one where there are types, else a dynamic one.
func (b *bench) synced(namespace string, stop chan struct{}) cache.SharedIndexInformer {
	var informer cache.SharedIndexInformer
	typed := informers.NewSharedInformerFactoryWithOptions(b.typed, 0, informers.WithNamespace(namespace))
	if generic, err := typed.ForResource(b.resource); err == nil {
		informer = generic.Informer()
	} else {
		client := checked(dynamic.NewForConfig(b.config))
		factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, namespace, nil)
		informer = factory.ForResource(b.resource).Informer()
	}
	go informer.Run(stop)
	for !informer.HasSynced() {
		time.Sleep(time.Millisecond)
	}
	return informer
}

// watch reads the changes since a resource version.
func (b *bench) watch(found *result) {
	read := func(count int) {
		options := metav1.ListOptions{ResourceVersion: b.version}
		events := checked(b.typed.CoreV1().Pods(namespace).Watch(context.Background(), options))
		defer events.Stop()
		for range count {
			if _, open := <-events.ResultChan(); !open {
				log.Fatal("the watch has ended early")
			}
		}
	}
	read(b.count)
	found.Count = b.count
	b.measure(found, func() { read(b.count) })
}

// get reads a small object again and again, with many calls in flight.
func (b *bench) get(found *result) {
	maps := b.typed.CoreV1().ConfigMaps(namespace)
	calls := func() {
		var group sync.WaitGroup
		for range inFlight {
			group.Go(func() {
				for range b.count / inFlight {
					checked(maps.Get(context.Background(), "small", metav1.GetOptions{}))
				}
			})
		}
		group.Wait()
	}
	calls()
	found.Count = b.count
	b.measure(found, calls)
}

// measure runs a job in each round.
func (b *bench) measure(found *result, job func()) {
	for range b.rounds {
		runtime.GC()
		started, used := time.Now(), cpu()
		job()
		found.Wall = append(found.Wall, time.Since(started).Seconds())
		found.CPU = append(found.CPU, cpu()-used)
	}
}

// connect makes the first call, so that the connection is no part of what is measured.
func (b *bench) connect() {
	checked(b.typed.CoreV1().ConfigMaps(namespace).List(context.Background(), metav1.ListOptions{Limit: 1}))
}

// cpu returns the CPU seconds of this process, in user and in system mode.
func cpu() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// heap returns the bytes of the objects that are reachable.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// resident returns the bytes of this process that are in memory.
func resident() int64 {
	status := string(checked(os.ReadFile("/proc/self/status")))
	_, after, _ := strings.Cut(status, "VmRSS:")
	return int64(number(strings.Fields(after)[0])) * 1024
}

// parsed reads a resource as group/version/plural; the group may be empty.
func parsed(text string) schema.GroupVersionResource {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		log.Fatalf("no resource: %q", text)
	}
	return schema.GroupVersionResource{Group: parts[0], Version: parts[1], Resource: parts[2]}
}

func number(text string) int {
	return checked(strconv.Atoi(text))
}

func checked[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
