package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxSpec is the maximum length of a fault's text.
const maxSpec = 4096

// Parse reads a fault from a command line: NAME[:COUNT][,KEY=VALUE]..., such as
// "flaky:2" and "latency,delay=80ms,path=/services/rest/auth/". The keys are path (a
// prefix, repeatable), skip, delay, retry-after (seconds), location and offset.
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
			return Fault{}, fmt.Errorf("fault %s: duplicate %s", f.Kind, shorten(key))
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
	case paramSkip:
		if f.Skip, err = number(value); err != nil || f.Skip == 0 {
			return fmt.Errorf("%s %s is not a number of requests", key, shorten(value))
		}
	case paramRetryAfter:
		if f.RetryAfter, err = number(value); err != nil || f.RetryAfter == 0 {
			return fmt.Errorf("%s %s is not a number of seconds", key, shorten(value))
		}
	default:
		return fmt.Errorf("unknown key %s", shorten(key))
	}
	return err
}

// number reads a text of decimal digits.
func number(s string) (int, error) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, errors.New("not a number")
	}
	return strconv.Atoi(s)
}

// duration reads a duration. Zero is refused, because a Fault cannot tell it from none.
func duration(key, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d == 0 {
		return 0, fmt.Errorf("%s %s is not a duration such as 80ms or 10m", key, shorten(value))
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

// String is the text that Parse reads.
func (f Fault) String() string {
	text := string(f.Kind)
	if f.Count > 0 {
		text += ":" + strconv.Itoa(f.Count)
	}
	for _, p := range f.params() {
		text += "," + p.key + "=" + p.value
	}
	return text
}

type param struct{ key, value string }

// unset are the values of parameters that are not set, "" if it is not here.
var unset = map[string]string{paramDelay: "0s", paramRetryAfter: "0", paramSkip: "0", paramOffset: "0s"}

// params are the parameters that are set.
func (f Fault) params() (set []param) {
	for _, path := range f.Paths {
		set = append(set, param{paramPath, path})
	}
	for _, p := range []param{{paramSkip, strconv.Itoa(f.Skip)}, {paramDelay, f.After.String()}, {paramRetryAfter, strconv.Itoa(f.RetryAfter)},
		{paramLocation, f.Location}, {paramOffset, f.Offset.String()}} {
		if p.value != unset[p.key] {
			set = append(set, p)
		}
	}
	return set
}

// document is a Fault in JSON.
type document struct {
	fields
	Left   *int   `json:"left,omitempty"` // only in lists
	Delay  string `json:"delay,omitempty"`
	Offset string `json:"offset,omitempty"`
}

type fields Fault // without its methods

func (f Fault) document() document {
	d := document{fields: fields(f)}
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

// MarshalJSON adds left, the rest of the count.
func (f Active) MarshalJSON() ([]byte, error) {
	d := f.Fault.document()
	if d.Count > 0 {
		d.Left = &f.Left
	}
	return json.Marshal(d)
}

// UnmarshalJSON reads an object without unknown members, or the text that Parse reads.
func (f *Fault) UnmarshalJSON(data []byte) error {
	switch data[0] { // of one JSON value, as encoding/json passes it on
	case '"':
		var spec string
		if err := json.Unmarshal(data, &spec); err != nil {
			return err
		}
		return f.UnmarshalText([]byte(spec))
	case '{':
	default:
		return errors.New("fault: want an object or a string")
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) { // its text names Go types
			return fmt.Errorf("fault: %s has a value of the wrong type", wrongType.Field[strings.LastIndex(wrongType.Field, ".")+1:])
		}
		return errors.New("fault: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.Left != nil {
		return errors.New("fault: left is only for lists")
	}
	out := Fault(d.fields)
	for _, p := range []param{{paramDelay, d.Delay}, {paramOffset, d.Offset}} {
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
