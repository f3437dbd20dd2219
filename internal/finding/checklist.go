package finding

// KindChecklist is the kind of a Checklist.
const KindChecklist = "nsauth.checklist"

// Checklist is what must be right for a token, page by page, and which of it is.
type Checklist struct {
	SchemaVersion string   `json:"schema_version"`
	Kind          string   `json:"kind"` // "nsauth.checklist"
	Tool          Tool     `json:"tool"`
	Command       string   `json:"command"`
	StartedAt     string   `json:"started_at"` // RFC 3339, UTC
	Profile       *Subject `json:"profile"`
	// ExitCode is 1 if an item is wrong, else 0.
	ExitCode int             `json:"exit_code"`
	Headline string          `json:"headline"`
	Summary  ChecklistCounts `json:"summary"`
	Items    []ChecklistItem `json:"items"`
	Next     *NextStep       `json:"next"`
}

// ChecklistCounts is the number of items in each state.
type ChecklistCounts struct {
	OK      int `json:"ok"`
	Wrong   int `json:"wrong"`
	Open    int `json:"open"`
	NotSeen int `json:"not_seen"`
}

// ItemState says what is known of an item.
type ItemState string

// The states of an item. A person has not looked at an open one, and could not tell
// about one that is not seen.
const (
	ItemOK      ItemState = "ok"
	ItemWrong   ItemState = "wrong"
	ItemOpen    ItemState = "open"
	ItemNotSeen ItemState = "not-seen"
)

// ChecklistItem is one thing to look at. Its words are final text.
type ChecklistItem struct {
	ID       string    `json:"id"`
	Page     string    `json:"page"`    // short name of the page, such as "mapping"
	Title    string    `json:"title"`   // what the page is about
	UIPath   *string   `json:"ui_path"` // null for what is not in NetSuite
	UIURL    *string   `json:"ui_url"`  // address of the page, if it is known
	Question string    `json:"question"`
	Look     string    `json:"look"` // what to look for
	State    ItemState `json:"state"`
	By       *ReadBy   `json:"by"`     // who judged it
	Answer   *string   `json:"answer"` // what a person answered
	// Code, Message and Fix say what is wrong, or only worth knowing if the state is ok.
	Code    *Code   `json:"code"`
	Message *string `json:"message"`
	Fix     *string `json:"fix"`
	Basis   Basis   `json:"basis"`
}
