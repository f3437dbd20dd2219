package call

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/itchyny/gojq"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// jqFilter is the expression of --jq.
type jqFilter struct{ code *gojq.Code }

// compileJQ reads the expression; nil for an empty one. It has neither files nor
// environment at hand.
func compileJQ(expression string) (*jqFilter, error) {
	if expression == "" {
		return nil, nil
	}
	query, err := gojq.Parse(expression)
	if err == nil {
		var code *gojq.Code
		if code, err = gojq.Compile(query); err == nil {
			return &jqFilter{code}, nil
		}
	}
	return nil, cli.Fail(finding.UsageFlag, "the expression of --jq cannot be read: "+oneLine(err.Error()), "such as --jq '.items[].id'; see https://jqlang.org/manual/")
}

// run prints what the expression makes of one JSON value, each result on a line:
// text as it is, anything else as JSON.
func (f *jqFilter) run(ctx context.Context, w *bufio.Writer, document []byte) error {
	input, err := decodeJSON(document)
	if err != nil {
		return cli.Fail(finding.UsageFlag, "--jq needs JSON, and the response is not JSON", "omit --jq to see the response")
	}
	results := f.code.RunWithContext(ctx, input)
	for {
		v, more := results.Next()
		if !more {
			return nil
		}
		switch v := v.(type) {
		case error:
			var halt *gojq.HaltError
			if errors.As(v, &halt) && halt.Value() == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return cli.Fail(finding.UsageFlag, "--jq failed on this response: "+oneLine(v.Error()), "omit --jq to see the response")
		case string:
			_, err = w.WriteString(v)
		default:
			var b []byte
			if b, err = gojq.Marshal(v); err == nil {
				_, err = w.Write(b)
			}
		}
		if err == nil {
			err = w.WriteByte('\n')
		}
		if err != nil {
			return err
		}
	}
}

// decodeJSON reads one value and keeps its numbers as they are written.
func decodeJSON(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text.TrimBOM(document)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// maxWhole bounds what --jq holds of an answer, or of all pages of a list.
const maxWhole = 256 << 20

func tooLargeForJQ() error {
	return cli.Fail(finding.UsageFlag, fmt.Sprintf("the response is larger than %d MiB, the limit of --jq", maxWhole>>20),
		"with --paginate --jsonl, --jq filters one record at a time")
}

// readWhole reads an answer for --jq.
func readWhole(r io.Reader) ([]byte, error) {
	data, err := text.ReadAtMost(r, maxWhole)
	if err == nil && len(data) > maxWhole {
		err = tooLargeForJQ()
	}
	return data, err
}

// oneLine is a text of others, fit to be shown.
func oneLine(text string) string { return catalog.Fill("{text}", finding.Evidence{"text": text}) }
