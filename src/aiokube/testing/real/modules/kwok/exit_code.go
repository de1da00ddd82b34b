// Added to kwok when it is built for the test cluster, see patches.py.

package server

import (
	"errors"
	"os/exec"

	utilexec "k8s.io/utils/exec"
)

// withExitCode makes the error of a command that ended with a non-zero exit code into one that carries the code to
// the client, as a container runtime does; otherwise the client is told of an internal error.
func withExitCode(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}
