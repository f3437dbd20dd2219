package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// jsonReason words an error of encoding/json for somebody who does not know Go.
func jsonReason(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return fmt.Errorf("member %q has a value of the wrong type", verdict.LogText(wrongType.Field, 40))
	case errors.As(err, &wrongType):
		return errors.New("the value has the wrong type")
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the body is no JSON")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: ")) // an unknown member
}

// UnmarshalStrict decodes one JSON value whose members are all known.
func UnmarshalStrict(data []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return jsonReason(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
