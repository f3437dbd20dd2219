package catalog

import "github.com/nsauth/nsauth/internal/finding"

// Question is a look into NetSuite that only a person can take. See questions.yaml.
type Question struct {
	ID, Kind, Ask, Look string
	Menu                string          // the name of a menu, "" for that of the first of About
	About               []finding.Code  // the causes that the answer bears on
	Check               finding.CheckID // the check whose fact it answers, if there is one
	Fault               string          // of yes-no: the reply that names the first of About
	IfFault             string          `yaml:"if-fault"` // what is so after that reply
	IfOK                string          `yaml:"if-ok"`    // what is so after the other
}

// questionsFile is questions.yaml.
type questionsFile struct{ Questions []Question }

var questions = file[questionsFile]("questions.yaml")

// Questions lists all questions, in the order in which to ask them.
func Questions() []Question { return questions().Questions }

// diagnosisFile is diagnosis.yaml.
type diagnosisFile struct {
	Unseen  map[finding.Code]string
	Calls   map[finding.Code]string `yaml:"refused-call"`
	Because map[string]string

	Headlines map[string]string
}

var diagnosis = file[diagnosisFile]("diagnosis.yaml")

// Unseen says of each cause of a refused token request that only NetSuite shows why
// it cannot be told from here.
func Unseen() map[finding.Code]string { return diagnosis().Unseen }

// BehindCall says why a cause can stand behind a refused API call.
func BehindCall() map[finding.Code]string { return diagnosis().Calls }

// Because is a reason of a diagnosis by its name in diagnosis.yaml, filled from ev.
func Because(name string, ev finding.Evidence) string {
	return Fill(entryOf(name, "diagnosis.yaml", diagnosis().Because), ev)
}

// Setting is the question for a setting of a profile. See settings.yaml.
type Setting struct {
	Name                  string `yaml:"setting"`
	Title, Ask, Look, TBA string
	Where                 finding.Code // whose remedy names the menu path, "" for what is not in NetSuite
	Optional              bool
}

var settings = file[[]Setting]("settings.yaml")

// Settings lists the settings in the order in which to ask for them.
func Settings() []Setting { return settings() }

// Headline is a sentence of the answer by its name in diagnosis.yaml, filled from ev.
func Headline(name string, ev finding.Evidence) string {
	return Fill(entryOf(name, "diagnosis.yaml", diagnosis().Headlines), ev)
}
