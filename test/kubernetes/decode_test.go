// Package kubernetes decodes compose/kubernetes, as kustomize renders it, strictly against the Go
// types of Kubernetes: an unknown or misspelt field, or a value of the wrong type, fails.
package kubernetes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"v1 Namespace":                           func() any { return new(corev1.Namespace) },
	"v1 ServiceAccount":                      func() any { return new(corev1.ServiceAccount) },
	"v1 ConfigMap":                           func() any { return new(corev1.ConfigMap) },
	"v1 Service":                             func() any { return new(corev1.Service) },
	"apps/v1 Deployment":                     func() any { return new(appsv1.Deployment) },
	"apps/v1 StatefulSet":                    func() any { return new(appsv1.StatefulSet) },
	"batch/v1 Job":                           func() any { return new(batchv1.Job) },
	"policy/v1 PodDisruptionBudget":          func() any { return new(policyv1.PodDisruptionBudget) },
	"networking.k8s.io/v1 NetworkPolicy":     func() any { return new(networkingv1.NetworkPolicy) },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscalingv2.HorizontalPodAutoscaler) },
}

// render returns what kubectl would apply, as JSON documents.
func render(t *testing.T, folder string) [][]byte {
	t.Helper()
	command := exec.Command("kubectl", "kustomize", "../../compose/kubernetes/"+folder)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("kubectl kustomize %s: %v", folder, err)
	}
	var documents [][]byte
	for _, document := range bytes.Split(output, []byte("\n---\n")) {
		documents = append(documents, document)
	}
	return documents
}

func decode(document []byte) (string, error) {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(document, &meta); err != nil {
		return "", err
	}
	name := meta.APIVersion + " " + meta.Kind
	make, known := kinds[name]
	if !known {
		return name, fmt.Errorf("no such kind is expected")
	}
	asJSON, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return name, err
	}
	// As the API server does: fields are known by their exact case.
	strict, err := json.UnmarshalStrict(asJSON, make())
	return name, errors.Join(append(strict, err)...)
}

func TestEveryObjectDecodesStrictly(t *testing.T) {
	for _, folder := range []string{"base", "production"} {
		documents := render(t, folder)
		if len(documents) < 20 {
			t.Errorf("%s has %d objects only", folder, len(documents))
		}
		for _, document := range documents {
			if name, err := decode(document); err != nil {
				t.Errorf("%s: %s: %v\n%s", folder, name, err, document)
			}
		}
	}
}

func TestAMisspeltFieldIsSeen(t *testing.T) {
	_, err := decode([]byte("apiVersion: v1\nkind: Service\nspec: { ports: [{ targetport: http }] }\n"))
	if err == nil {
		t.Error("targetport was taken for a field")
	}
}
