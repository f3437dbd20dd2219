//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
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
