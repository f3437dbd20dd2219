package cli

// ProfileNames is the value of --profile. Each further --profile adds a name, as in a,b.
type ProfileNames string

func (v *ProfileNames) String() string { return string(*v) }

// Type is the type as pflag has it.
func (v *ProfileNames) Type() string { return "string" }

// Set adds a name.
func (v *ProfileNames) Set(name string) error {
	if old := string(*v); old != "" && old != name {
		name = old + "," + name
	}
	*v = ProfileNames(name)
	return nil
}
