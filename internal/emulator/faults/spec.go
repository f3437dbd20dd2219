package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxSpec bounds the text of a fault.
const maxSpec = 4096

// Parse reads a fault as it is written on a command line:
// NAME[:COUNT][,KEY=VALUE]..., with the keys path (repeatable, a prefix), delay,
// retry-after (seconds), location and offset, such as "flaky:2" and
// "latency,delay=80ms,path=/services/rest/auth/".
func Parse(spec string) (Fault, error) {
	if len(spec) > maxSpec {
		return Fault{}, fmt.Errorf("fault: more than %d characters", maxSpec)
	}
	head, rest, more := strings.Cut(spec, ",")
	name, count, counts := strings.Cut(head, ":")
	f := Fault{Kind: Kind(name)}
	if _, known := lookup(f.Kind); !known {
		return Fault{}, f.Validate()
	}
	if counts {
		n, err := number(count)
		if err != nil || n == 0 || n > maxCount {
			return Fault{}, fmt.Errorf("fault %s: the count %s is not between 1 and %d", f.Kind, shorten(count), maxCount)
		}
		f.Count = n
	}
	seen := make(map[string]bool)
	for more {
		var param string
		param, rest, more = strings.Cut(rest, ",")
		key, value, is := strings.Cut(param, "=")
		switch {
		case !is || value == "":
			return Fault{}, fmt.Errorf("fault %s: %s is not KEY=VALUE", f.Kind, shorten(param))
		case seen[key] && key != paramPath:
			return Fault{}, fmt.Errorf("fault %s: %s twice", f.Kind, shorten(key))
		}
		seen[key] = true
		if err := f.set(key, value); err != nil {
			return Fault{}, fmt.Errorf("fault %s: %w", f.Kind, err)
		}
	}
	if err := f.Validate(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

func (f *Fault) set(key, value string) (err error) {
	switch key {
	case paramPath:
		f.Paths = append(f.Paths, value)
	case paramDelay:
		f.After, err = duration(key, value)
	case paramOffset:
		f.Offset, err = duration(key, value)
	case paramLocation:
		f.Location = value
	case paramRetryAfter:
		if f.RetryAfter, err = number(value); err != nil || f.RetryAfter == 0 {
			return fmt.Errorf("%s %s is no number of seconds", key, shorten(value))
		}
	default:
		return fmt.Errorf("unknown key %s", shorten(key))
	}
	return err
}

// number reads decimal digits and nothing else.
func number(s string) (int, error) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, errors.New("no number")
	}
	return strconv.Atoi(s)
}

// duration reads one that is not zero: "0" would look like "not given".
func duration(key, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d == 0 {
		return 0, fmt.Errorf("%s %s is no duration such as 80ms or 10m", key, shorten(value))
	}
	return d, nil
}

// UnmarshalText reads what Parse reads.
func (f *Fault) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*f = parsed
	}
	return err
}

// String is the text that Parse reads back.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(string(f.Kind))
	if f.Count > 0 {
		fmt.Fprintf(&b, ":%d", f.Count)
	}
	for _, p := range f.Paths {
		b.WriteString("," + paramPath + "=" + p)
	}
	if f.After != 0 {
		b.WriteString("," + paramDelay + "=" + f.After.String())
	}
	if f.RetryAfter != 0 {
		fmt.Fprintf(&b, ",%s=%d", paramRetryAfter, f.RetryAfter)
	}
	if f.Location != "" {
		b.WriteString("," + paramLocation + "=" + f.Location)
	}
	if f.Offset != 0 {
		b.WriteString("," + paramOffset + "=" + f.Offset.String())
	}
	return b.String()
}

// document is a Fault as JSON.
type document struct {
	Kind       Kind     `json:"kind"`
	Count      int      `json:"count,omitempty"`
	Left       *int     `json:"left,omitempty"` // in listings
	Paths      []string `json:"paths,omitempty"`
	Delay      string   `json:"delay,omitempty"`
	RetryAfter int      `json:"retry_after,omitempty"`
	Location   string   `json:"location,omitempty"`
	Offset     string   `json:"offset,omitempty"`
}

func (f Fault) document() document {
	d := document{Kind: f.Kind, Count: f.Count, Paths: f.Paths, RetryAfter: f.RetryAfter, Location: f.Location}
	if f.After != 0 {
		d.Delay = f.After.String()
	}
	if f.Offset != 0 {
		d.Offset = f.Offset.String()
	}
	return d
}

// MarshalJSON writes durations as text, such as "80ms".
func (f Fault) MarshalJSON() ([]byte, error) { return json.Marshal(f.document()) }

// MarshalJSON adds how many are left to what the fault itself is.
func (f InForce) MarshalJSON() ([]byte, error) {
	d := f.Fault.document()
	if d.Count > 0 {
		d.Left = &f.Left
	}
	return json.Marshal(d)
}

// UnmarshalJSON reads an object whose members are all known, or the text that
// Parse reads.
func (f *Fault) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '"' {
		var spec string
		if err := json.Unmarshal(data, &spec); err != nil {
			return err
		}
		return f.UnmarshalText([]byte(spec))
	}
	if len(data) == 0 || data[0] != '{' {
		return errors.New("fault: neither an object nor a text")
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) { // whose text has names of Go types
			return fmt.Errorf("fault: %s has a value of the wrong type", wrongType.Field)
		}
		return errors.New("fault: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("fault: more than one value")
	}
	if d.Left != nil {
		return errors.New("fault: left is for listings")
	}
	out := Fault{Kind: d.Kind, Count: d.Count, Paths: d.Paths, RetryAfter: d.RetryAfter, Location: d.Location}
	for _, p := range []struct{ key, value string }{{paramDelay, d.Delay}, {paramOffset, d.Offset}} {
		if p.value == "" {
			continue
		}
		if err := out.set(p.key, p.value); err != nil {
			return fmt.Errorf("fault: %w", err)
		}
	}
	if err := out.Validate(); err != nil {
		return err
	}
	*f = out
	return nil
}
