//go:build unix

package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A terminal that is closed ends a run as Ctrl-C does.
func TestD9Hangup(t *testing.T) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP) // else the test may have been started with nohup
	defer signal.Stop(c)
	ctx, stop := System("nsauth").Interruptible(t.Context())
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-c
	<-ctx.Done()
}

// A relative home leaves nothing below the working directory.
func TestD12RelativeHome(t *testing.T) {
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", "rel")
	if w := System("nsauth"); w.ConfigDir != "" || w.CacheDir != "" || w.StateDir != "" {
		t.Errorf("config %q, cache %q, state %q", w.ConfigDir, w.CacheDir, w.StateDir)
	}
	t.Setenv("HOME", "/home/user")
	if w := System("nsauth"); w.ConfigDir == "" || w.CacheDir == "" || w.StateDir == "" {
		t.Errorf("config %q, cache %q, state %q", w.ConfigDir, w.CacheDir, w.StateDir)
	}
}

// Without a terminal, what a command began ends with it.
func TestShellEndsWhatItBegan(t *testing.T) {
	const name = "NSAUTH_TEST_SESSION"
	if os.Getenv(name) == "" { // the test may have a terminal
		own := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=1m")
		own.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		own.Env = append(os.Environ(), name+"=1")
		if out, err := own.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- filter(ctx, "sh -c 'echo $$ >"+file+".new && mv "+file+".new "+file+" && exec sleep 600' | cat", nil, nil, io.Discard, io.Discard)
	}()
	var pid int
	for pid == 0 {
		data, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(data)))
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("it ended without an error")
	}
	for !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && !isZombie(pid) { // the test's own limit ends it
		time.Sleep(time.Millisecond)
	}
}

// isZombie reports whether a process has ended and no one has waited for it.
func isZombie(pid int) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(data), ") Z ")
}
