package report

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// clone returns a deep copy of a document with empty lists and objects in place of nil
// ones, as the schemas require, and with edit applied to each string. edit gets the
// string's JSON key, or the enclosing object's where the key is "value".
//
// Only plain strings are edited. Strings with their own type (codes, statuses, check
// IDs) are vocabulary that scripts match on.
func clone[T any](doc T, edit func(name, s string) string) T {
	c := cloner{edit: edit}
	v := reflect.ValueOf(&doc).Elem()
	c.copy(v, v, "")
	return doc
}

type cloner struct{ edit func(name, s string) string }

var (
	plainString   = reflect.TypeFor[string]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// copy sets dst to a copy of src; both may be the same variable.
func (c cloner) copy(dst, src reflect.Value, name string) {
	t := src.Type()
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && (t.Implements(jsonMarshaler) || t.Implements(textMarshaler)) {
		dst.Set(src) // its own method encodes it
		return
	}
	switch src.Kind() {
	case reflect.String:
		if t == plainString && c.edit != nil {
			dst.SetString(c.edit(name, src.String()))
			return
		}
		dst.Set(src)
	case reflect.Pointer, reflect.Interface:
		if src.IsNil() {
			dst.Set(src)
			return
		}
		n := reflect.New(src.Elem().Type())
		c.copy(n.Elem(), src.Elem(), name)
		if src.Kind() == reflect.Interface {
			n = n.Elem()
		}
		dst.Set(n)
	case reflect.Struct:
		dst.Set(src) // with the unexported fields
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				c.copy(dst.Field(i), src.Field(i), keyOf(f, name))
			}
		}
	case reflect.Slice:
		n := reflect.MakeSlice(t, src.Len(), src.Len())
		for i := range src.Len() {
			c.copy(n.Index(i), src.Index(i), name)
		}
		dst.Set(n)
	case reflect.Array:
		for i := range src.Len() {
			c.copy(dst.Index(i), src.Index(i), name)
		}
	case reflect.Map:
		c.copyMap(dst, src, name)
	default:
		dst.Set(src)
	}
}

func (c cloner) copyMap(dst, src reflect.Value, name string) {
	n := reflect.MakeMapWithSize(src.Type(), src.Len())
	for it := src.MapRange(); it.Next(); {
		key := name
		if it.Key().Kind() == reflect.String {
			key = it.Key().String()
		}
		v := reflect.New(src.Type().Elem()).Elem()
		c.copy(v, it.Value(), key)
		n.SetMapIndex(it.Key(), v)
	}
	dst.Set(n)
}

// keyOf is the JSON key of a struct field, or the inherited name for "value"
// and embedded structs.
func keyOf(f reflect.StructField, inherited string) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case key == "value" || f.Anonymous && key == "":
		return inherited
	case key == "":
		return f.Name
	}
	return key
}
