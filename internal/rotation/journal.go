// Package rotation replaces the certificate of a profile: it adds a new one at NetSuite,
// proves it with a token and then switches the profile. A journal beside the profile file
// has each step, so that a rotation that stopped goes on or is undone.
package rotation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// Step is a step of a rotation.
type Step string

// The steps, in their order. undoing is what a rotation does that is undone.
const (
	Listed   Step = "listed"
	Made     Step = "made"
	Added    Step = "added"
	Proven   Step = "proven"
	Hooked   Step = "hooked"
	Switched Step = "switched"
	Revoked  Step = "revoked"

	undoing Step = "undoing"
)

var steps = []Step{Listed, Made, Added, Proven, Hooked, Switched, Revoked}

// State is how far a rotation is.
type State string

// The states. A rotation that is Running when no run has its lock was stopped.
const (
	Running State = "running"
	Done    State = "done"
	Undone  State = "undone"
)

const journalKind = "nsauth.rotation-journal"

// Journal is what a rotation did, and what it was about to do. It has no secret.
type Journal struct {
	Kind     string    `json:"kind"`
	Profile  string    `json:"profile"`
	Account  string    `json:"account"`
	ClientID string    `json:"client_id"`
	Started  time.Time `json:"started"`
	State    State     `json:"state"`
	Step     Step      `json:"step"`            // the last one that is complete
	Doing    Step      `json:"doing,omitempty"` // the one that was begun after it

	Role   string      `json:"role"`
	Entity string      `json:"entity"`
	Old    Credential  `json:"old"`
	New    Certificate `json:"new"`
	// Sent says that the new certificate may have been sent to NetSuite, and Finished that the
	// rotation came to its end once.
	Sent     bool `json:"sent,omitempty"`
	Finished bool `json:"finished,omitempty"`
	// Before are the Certificate IDs of NetSuite's list before the new one was added.
	Before []string `json:"before"`
	// Written are the pairs of the profiles that are switched, as their file had them, and
	// Switch what they get.
	Written map[string]profile.Pairs `json:"written"`
	Switch  map[string]profile.Pairs `json:"switch"`
	Hook    bool                     `json:"hook"` // --deploy-hook was given; its text is not kept
	// RevokeOld is now, never or a duration.
	RevokeOld string `json:"revoke_old"`
	// Due are certificates of this and earlier rotations that are to be revoked.
	Due []Due `json:"due,omitempty"`

	path  string
	saved func(written bool) // for tests: called before and after each write
}

// Credential is what a token is asked for with. Paths are absolute.
type Credential struct {
	CertificateID string `json:"certificate_id"`
	Key           string `json:"key"` // or env:NAME and so on; "" where a command has it
	Cert          string `json:"cert"`
}

// Certificate is the new certificate.
type Certificate struct {
	Credential            // the Certificate ID is NetSuite's answer
	Computed       string `json:"computed_id"` // of the file
	Algorithm      string `json:"algorithm"`   // RSA or EC
	ValidUntil     string `json:"valid_until"` // a day, UTC
	MadeKey        bool   `json:"made_key"`    // the files are new and nsauth's own
	MadeCert       bool   `json:"made_cert"`
	PassphraseFile string `json:"passphrase_file,omitempty"`
}

// Due is a certificate that is to be revoked.
type Due struct {
	CertificateID string    `json:"certificate_id"`
	At            time.Time `json:"at"`
}

// unfinished reports whether the rotation has to go on or be undone.
func (j *Journal) unfinished() bool { return j != nil && j.State == Running }

// done reports whether a step is complete.
func (j *Journal) done(s Step) bool { return slices.Index(steps, s) <= slices.Index(steps, j.Step) }

// begin writes that a step is about to be made.
func (j *Journal) begin(s Step) error {
	j.Doing = s
	return j.save()
}

// end writes that a step is complete.
func (j *Journal) end(s Step) error {
	j.Step, j.Doing = s, ""
	return j.save()
}

// save writes the journal completely and to the disk.
func (j *Journal) save() error {
	if j.saved != nil {
		j.saved(false)
		defer j.saved(true)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(j); err != nil {
		return err
	}
	if err := atomicfile.Replace(j.path, b.Bytes()); err != nil {
		return cli.Fail(finding.IOWrite, "the journal "+j.path+" cannot be written: "+text.WithoutPath(err).Error())
	}
	return nil
}

// journalEnd is how the names of journals end.
const journalEnd = ".rotation.json"

// journalPath is the journal of a profile, beside its file. File systems that ignore case
// keep Prod and prod apart too.
func journalPath(config, name string) string {
	return realPath(config) + "." + fileName(name) + journalEnd
}

func fileName(name string) string {
	if lower := strings.ToLower(name); lower != name {
		sum := sha256.Sum256([]byte(name))
		return lower + "-" + hex.EncodeToString(sum[:4])
	}
	return name
}

func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// maxJournal bounds a journal, in bytes.
const maxJournal = 1 << 20

// readJournal reads a journal; nil if there is none.
func readJournal(path string) (*Journal, error) {
	data, err := text.ReadFileAtMost(path, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, cli.Fail(finding.UsageConfig, "the journal "+path+" cannot be read: "+text.WithoutPath(err).Error())
	}
	j := &Journal{path: path}
	if err := json.Unmarshal(data, j); err != nil || j.Kind != journalKind || !slices.Contains([]State{Running, Done, Undone}, j.State) {
		return nil, cli.Fail(finding.UsageConfig, "the journal "+path+" is not one of nsauth", "nsauth cert list shows what NetSuite has; then move the file away")
	}
	return j, nil
}

// journals are the journals beside a profile file, by path.
func journals(config string) ([]*Journal, error) {
	config = realPath(config)
	entries, err := os.ReadDir(filepath.Dir(config))
	if err != nil {
		return nil, err
	}
	var all []*Journal
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(config)+".") || !strings.HasSuffix(e.Name(), journalEnd) {
			continue
		}
		j, err := readJournal(filepath.Join(filepath.Dir(config), e.Name()))
		if err != nil {
			return nil, err
		}
		if j != nil && j.path == journalPath(config, j.Profile) {
			all = append(all, j)
		}
	}
	return all, nil
}

// lockPause is how long a run waits before it looks at a lock again.
const lockPause = 100 * time.Millisecond

// lock gets the locks of profiles, in the order of their names. waited says that another
// run had one.
func (r *runner) lock(ctx context.Context, names []string) (unlock func(), waited bool, err error) {
	var held []*atomicfile.Lock
	unlock = func() {
		for _, l := range held {
			l.Remove()
		}
	}
	names = slices.Sorted(slices.Values(names))
	for _, name := range names {
		config := realPath(r.config)
		path := filepath.Join(filepath.Dir(config), "."+filepath.Base(config)+"."+fileName(name)+".rotation.lock")
		l, mine, err := r.lockOne(ctx, path, name)
		waited = waited || mine
		if err != nil {
			unlock()
			return nil, waited, err
		}
		held = append(held, l)
	}
	return unlock, waited, nil
}

func (r *runner) lockOne(ctx context.Context, path, name string) (l *atomicfile.Lock, waited bool, err error) {
	end := time.Now().Add(r.options.Timeout)
	done := func() {}
	defer func() { done() }()
	for {
		l, err = atomicfile.TryLock(path)
		switch {
		case err != nil:
			return nil, waited, cli.Fail(finding.IOWrite, path+" cannot be locked: "+text.WithoutPath(err).Error())
		case l != nil:
			return l, waited, nil
		case !waited:
			waited = true
			if !r.app.Quiet {
				fmt.Fprintf(r.app.Stderr, "nsauth: note: another run rotates the certificate of %s: waiting for it\n", name)
			}
			done = r.app.Working(ctx, "waiting for another run of nsauth", "rotation of "+name)
		case time.Now().After(end):
			return nil, waited, cli.Fail(finding.UsageConfig, "another run still rotates the certificate of "+name+": nothing was changed",
				"wait for it, or give it more time with --timeout")
		}
		if err := r.options.wait(ctx, lockPause); err != nil {
			return nil, waited, err
		}
	}
}
