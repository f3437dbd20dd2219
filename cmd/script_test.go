package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

var update = flag.Bool("update", false, "write what the scripts' cmp commands got into testdata/script")

func TestMain(m *testing.M) {
	debug.SetGCPercent(1000) // 15 MB live: the new pages cost less than the collections
	testscript.Main(withFolder{m}, map[string]func(){"nsauth": scriptMain})
}

// scriptMain is the nsauth that the scripts run: the real one in a world that
// reaches loopback only. What it connected to or looked up is in $WORK/dialled.
// The shipped binary knows none of these variables.
func scriptMain() {
	os.Exit(Main(os.Args[1:], scriptWorld(System(), os.Getenv)))
}

// scriptWorld is w as the scripts have it, by the variables that they set.
func scriptWorld(w cli.World, getenv func(string) string) cli.World {
	work := getenv("WORK")
	w.ConfigDir = filepath.Join(work, "config")
	w.CacheDir = filepath.Join(work, "cache")
	w.StateDir = filepath.Join(work, "state")
	w.SystemProxy, w.Git, w.AskSecret = nil, nil, nil
	w.GenerateKey = keypool.Generate
	if text := getenv("NSAUTH_TEST_NOW"); text != "" {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		w.Now = func() time.Time { return now }
	}
	dial := w.Dial
	w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		noteDialled(work, address)
		if host, _, _ := net.SplitHostPort(address); !net.ParseIP(host).IsLoopback() {
			return nil, fmt.Errorf("the test allows loopback only, not %s", address)
		}
		return dial(ctx, network, address)
	}
	w.LookupHost = func(_ context.Context, host string) ([]string, error) {
		noteDialled(work, host)
		return nil, &net.DNSError{Err: "the test has no resolver", Name: host, IsTemporary: true}
	}
	return w
}

func noteDialled(work, address string) {
	f, err := os.OpenFile(filepath.Join(work, "dialled"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, address)
}

// TestScripts specifies the command line by transcripts. Beside testscript's own
// commands a script has:
//
//	exits CODE nsauth ARG... [<FILE]
//	                             run nsauth, with FILE as its standard input; it must
//	                             end with this very code. With -o json, standard
//	                             output must be one document that its schema accepts
//	                             and that states the same code
//	process CODE nsauth ARG...   the same in a process of its own: where the working
//	                             directory, the names of all variables or an empty
//	                             one matter
//	start NAME nsauth ARG...     run nsauth in the background; paths are absolute
//	interrupt NAME               end it as Ctrl-C does, with exit code 0; stdout and
//	                             stderr are then what it wrote
//	[!] json FILE [PATH WANT]    FILE is one valid document, and the value at PATH
//	                             (checks.key.status: an element of a list by its
//	                             number, id or code) is WANT
//	listening DIR                wait for an emulator in the background to be ready;
//	                             $ADDRESS is then where it listens
//	mask FILE OUT                replace what differs from run to run by placeholders
//	mode PERM FILE...            the files have these permissions
//
// and $TESTDATA, the repository's testdata. go test ./cmd -run TestScripts -update
// rewrites the files that cmp compares with.
func TestScripts(t *testing.T) {
	testdata, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts(t),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", filepath.ToSlash(testdata))
			e.Values[backgrounds{}] = map[string]*background{}
			e.Setenv("LC_ALL", "C.UTF-8") // not what the developer has
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "unprivileged" { // file permissions apply
				return os.Geteuid() > 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": cmdExits, "process": cmdProcess, "start": cmdStart, "interrupt": cmdInterrupt,
			"json": cmdJSON, "listening": cmdListening, "mask": cmdMask, "mode": cmdMode,
		},
	})
}

// scripts are the files of the scripts. -short leaves out those that start processes or
// emulators.
func scripts(t *testing.T) (files []string) {
	t.Helper()
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) < 50 {
		t.Fatal(len(all), err)
	}
	process := regexp.MustCompile(`(?m)^(\[.*\] )?(process|exec nsauth|start) `)
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !testing.Short() || !process.Match(text) {
			files = append(files, file)
		}
	}
	return files
}

// cmdExits runs nsauth in this process, which costs a twentieth of a new one.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want, args := exitArgs(ts, neg, args)
	stdin := ""
	if file, ok := strings.CutPrefix(args[max(len(args)-1, 0)], "<"); ok {
		stdin, args = ts.ReadFile(file), args[:len(args)-1]
	}
	w := scriptWorld(System(), ts.Getenv)
	w.Dir = ts.MkAbs(".")
	w.LookupEnv = func(name string) (string, bool) { v := ts.Getenv(name); return v, v != "" }
	w.EnvNames = nil
	var stdout bytes.Buffer
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(stdin), io.MultiWriter(ts.Stdout(), &stdout), ts.Stderr()
	w.Interruptible = func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Minute) // only a hang gets there
	}
	checkExit(ts, args, want, Main(args, w), stdout.Bytes())
}

// background is an nsauth that runs beside the script.
type background struct {
	stop           context.CancelFunc
	stdout, stderr buffer
	exit           chan int
}

// backgrounds is the key of what a script started, by name.
type backgrounds struct{}

// buffer is a bytes.Buffer that several goroutines write to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// cmdStart runs nsauth in this process. It sees no variable: the script may change
// them while it runs.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[1] != "nsauth" {
		ts.Fatalf("usage: start NAME nsauth ARG...")
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &background{stop: stop, exit: make(chan int, 1)}
	w := scriptWorld(System(), ts.Getenv)
	w.Dir = ts.MkAbs(".")
	w.LookupEnv, w.EnvNames = func(string) (string, bool) { return "", false }, nil
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(""), &b.stdout, &b.stderr
	w.Interruptible = func(context.Context) (context.Context, context.CancelFunc) { return ctx, stop }
	go func() { b.exit <- Main(args[2:], w) }()
	ts.Value(backgrounds{}).(map[string]*background)[args[0]] = b
	ts.Defer(func() {
		stop()
		if code := <-b.exit; code != 0 {
			ts.Logf("%s: exit code %d: %s", args[0], code, b.stderr.String())
		}
	})
}

func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: interrupt NAME")
	}
	b := ts.Value(backgrounds{}).(map[string]*background)[args[0]]
	if b == nil {
		ts.Fatalf("%s was not started", args[0])
	}
	b.stop()
	code := <-b.exit
	b.exit <- code // for what the end of the script does
	fmt.Fprint(ts.Stdout(), b.stdout.String())
	fmt.Fprint(ts.Stderr(), b.stderr.String())
	if code != 0 {
		ts.Fatalf("exit code %d, want 0", code)
	}
}

// cmdProcess runs nsauth in a process of its own.
func cmdProcess(ts *testscript.TestScript, neg bool, args []string) {
	want, args := exitArgs(ts, neg, args)
	got := 0
	if err := ts.Exec("nsauth", args...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	checkExit(ts, args, want, got, []byte(ts.ReadFile("stdout")))
}

func exitArgs(ts *testscript.TestScript, neg bool, args []string) (code int, rest []string) {
	if neg || len(args) < 2 || args[1] != "nsauth" {
		ts.Fatalf("usage: exits|process CODE nsauth ARG...")
	}
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	return code, args[2:]
}

func checkExit(ts *testscript.TestScript, args []string, want, got int, stdout []byte) {
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if cli.FormatOf(args) != "json" {
		return
	}
	doc, err := testkit.Document(stdout)
	ts.Check(err)
	if stated, ok := doc["exit_code"]; ok && stated != json.Number(strconv.Itoa(want)) {
		ts.Fatalf("the document says exit code %v, the process ended with %d", stated, got)
	}
}

func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 && len(args) != 3 || neg && len(args) == 1 {
		ts.Fatalf("usage: [!] json FILE [PATH WANT]")
	}
	doc, err := testkit.Document([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	if len(args) == 1 {
		return
	}
	value, err := lookup(doc, args[1])
	ts.Check(err)
	got, isText := value.(string)
	if !isText {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		ts.Check(e.Encode(value))
		got = strings.TrimSpace(b.String())
	}
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}

// lookup finds the value at a path such as checks.key.findings.0.code.
func lookup(value any, path string) (any, error) {
	for _, step := range strings.Split(path, ".") {
		next, ok := any(nil), false
		switch v := value.(type) {
		case map[string]any:
			next, ok = v[step]
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i < len(v) {
				next, ok = v[i], true
			}
			for _, element := range v {
				if m, isMap := element.(map[string]any); isMap && !ok && (m["id"] == step || m["code"] == step) {
					next, ok = m, true
				}
			}
		}
		if !ok {
			return nil, fmt.Errorf("nothing at %s of %s", step, path)
		}
		value = next
	}
	return value, nil
}

// maxWait bounds the wait for an emulator that never gets ready.
const maxWait = 30 * time.Second

var connectTo = regexp.MustCompile(`(?m)^ *connect_to: "([^"]+)"$`)

func cmdListening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening DIR")
	}
	config := filepath.Join(ts.MkAbs(args[0]), "config.yaml")
	for end := time.Now().Add(maxWait); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(config)
		if m := connectTo.FindSubmatch(data); m != nil {
			ts.Setenv("ADDRESS", string(m[1]))
			return
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			ts.Fatalf("%v", err)
		}
	}
	ts.Fatalf("no emulator wrote %s", config)
}

// masks is what differs from run to run. Times do not where a script sets
// NSAUTH_TEST_NOW, so they stay to be compared.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m)^client ID \S+, Certificate ID\s+\S+$`), "client ID SHORT, Certificate ID SHORT"},
	{regexp.MustCompile(`[\w-]{6}…[\w-]{4}`), "SHORT"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "CLIENT-ID"},
	{regexp.MustCompile(`certificate_id: "[\w-]{43}"`), "certificate_id: CERTIFICATE-ID"}, // one that begins with a dash has quotes in YAML
	{regexp.MustCompile(`(?m)(^|[^\w-])[\w-]{43}($|[^\w-])`), "${1}CERTIFICATE-ID${2}"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\d+ ms \(connect \d+, TLS \d+, first byte \d+\)`), "0 ms (connect 0, TLS 0, first byte 0)"},
	{regexp.MustCompile(`"(duration_ms|ms)": \d+`), `"$1": 0`},
	{regexp.MustCompile(`'[^'\n]*[/\\]script-[\w-]+[/\\]`), "'WORK/"},
	{regexp.MustCompile(`\S*[/\\]script-[\w-]+[/\\]`), "WORK/"},
	{regexp.MustCompile(`\S*[/\\]nsauth-demo-\d+[/\\]`), "DEMO/"},
}

func cmdMask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mask FILE OUT")
	}
	text := ts.ReadFile(args[0])
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode PERM FILE...")
	}
	want, err := strconv.ParseUint(args[0], 8, 9)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); got != fs.FileMode(want) {
			ts.Fatalf("%s has mode %04o, want %04o", name, got, want)
		}
	}
}
