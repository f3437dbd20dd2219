package cli

import (
	"bytes"
	"context"
	"crypto"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/prompt"
)

// World is everything outside the process that nsauth touches. Tests make
// their own.
type World struct {
	host.World
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Width is the width in columns of the terminal behind w; false when w is
	// not a terminal.
	Width func(w io.Writer) (int, bool)
	// CodePage is the output code page of the Windows console that w is; false if w is
	// none. It is nil on other systems.
	CodePage func(w io.Writer) (page uint32, console bool)
	// EnvNames lists the names of the environment's variables; nil lists none.
	EnvNames func() []string
	// AskSecret asks for a line on the terminal without showing what is typed; nil
	// where no person can be asked.
	AskSecret func(ctx context.Context, question string) (string, error)
	// Terminal reports whether r is a terminal.
	Terminal func(r io.Reader) bool
	// ConfigDir, StateDir and CacheDir are the platform's folders for configuration,
	// for what a program remembers and for what it can get again, and Dir is the
	// working directory.
	ConfigDir, StateDir, CacheDir, Dir string
	// Shell runs a command line in the platform's shell, its standard output to
	// stdout and its errors to Stderr.
	Shell func(ctx context.Context, command string, stdout io.Writer) error
	// Filter is Shell with input as standard input, variables added to the environment, and
	// the errors to stderr.
	Filter func(ctx context.Context, command string, input []byte, variables []string, stdout, stderr io.Writer) error
	// Become runs a program in place of this process: where the system can, with its
	// number, so that it gets its signals. Else it waits for the exit code.
	Become func(Program) (code int, err error)
	// GenerateKey makes a private key of a type such as "rsa-4096"; nil makes a new one.
	GenerateKey func(keyType string) (crypto.Signer, error)
	// Interruptible derives a context that ends on Ctrl-C or a termination signal. Its
	// cancel function ends the run: it also puts the terminal back as it was.
	Interruptible func(context.Context) (context.Context, context.CancelFunc)
}

// Program is a program to run in place of this process.
type Program struct {
	Path      string
	Args, Env []string // Args begin with the name
	// Private are the descriptors that it does not get.
	Private []int
}

func envNames() []string {
	names := os.Environ()
	for i, variable := range names {
		names[i], _, _ = strings.Cut(variable, "=")
	}
	return names
}

// System is the world of a real process, which names itself as userAgent.
func System(userAgent string) World {
	dialer := &net.Dialer{}
	dir, _ := os.Getwd()            // empty is understood as: leave relative paths as they are
	config, _ := os.UserConfigDir() // empty is understood as: there is none
	cache, _ := os.UserCacheDir()   // the same
	config, cache = absolute(config), absolute(cache)
	stdin, restoreTerminal := prompt.Keyboard(os.Stdin, os.Getenv("TERM") != "dumb")
	return World{
		World: host.World{
			Now:         time.Now,
			Dial:        dialer.DialContext,
			LookupHost:  net.DefaultResolver.LookupHost,
			LookupEnv:   os.LookupEnv,
			SystemProxy: host.ReadSystemProxy,
			Git:         host.RunGit,
			UserAgent:   userAgent,
		},
		Stdin: stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		EnvNames:  envNames,
		Width:     prompt.Width,
		CodePage:  prompt.CodePage,
		Terminal:  func(r io.Reader) bool { return prompt.IsTerminal(r) },
		Shell:     shell,
		Filter:    filter,
		Become:    become,
		AskSecret: prompt.Secret,
		ConfigDir: config,
		StateDir:  stateDir(),
		CacheDir:  cache,
		Dir:       dir,
		Interruptible: func(ctx context.Context) (context.Context, context.CancelFunc) {
			// A second Ctrl-C, after stop, ends the process at once. A second SIGTERM,
			// which timeout(1) sends to the group, leaves the exit code as it is.
			signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
			ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
			if !signal.Ignored(syscall.SIGHUP) { // as nohup(1) has it
				ends = append(ends, syscall.SIGHUP)
			}
			ctx, stop := signal.NotifyContext(ctx, ends...)
			return ctx, func() {
				restoreTerminal()
				stop()
			}
		},
	}
}

// absolute is dir, or "" where it is relative: with HOME=rel, what is kept would lie below
// whatever folder a run is in.
func absolute(dir string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	return dir
}

func shell(ctx context.Context, command string, stdout io.Writer) error {
	c := shellCommand(ctx, command)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, stdout, os.Stderr
	return c.Run()
}

func filter(ctx context.Context, command string, input []byte, variables []string, stdout, stderr io.Writer) error {
	c := shellCommand(ctx, command)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), stdout, stderr
	c.Env = append(os.Environ(), variables...)
	return c.Run()
}

// stateDir is the platform's folder for what a program remembers between runs, ""
// if there is none.
func stateDir() string {
	below := filepath.Join(".local", "state")
	switch runtime.GOOS {
	case "windows":
		return absolute(os.Getenv("LocalAppData"))
	case "darwin", "ios":
		below = filepath.Join("Library", "Application Support")
	default:
		if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // a relative one is to be ignored
			return dir
		}
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(home, below)
}
