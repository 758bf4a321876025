package album

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
)

// Imgur is a server for tests. The command pyimgur must be in PATH.
type Imgur struct {
	URL          string `json:"url"`
	ControlURL   string `json:"control_url"`
	ControlToken string `json:"control_token"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`

	command *exec.Cmd
	stdin   io.Closer // the server stops when it is closed, or this process is killed
}

func startImgur() (*Imgur, error) {
	command := exec.Command("pyimgur", "serve", "--throwaway", "--port", "0", "--json", "--exit-with-parent")
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("pyimgur serve did not start: %w", command.Wait())
	}
	imgur := &Imgur{command: command, stdin: stdin}
	return imgur, json.Unmarshal(line, imgur)
}

func (imgur *Imgur) stop() {
	imgur.stdin.Close()
	imgur.command.Wait()
}

// control sends a request to the control API, and fails the test if the server refuses it.
func (imgur *Imgur) control(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	var data bytes.Buffer
	if body != nil {
		json.NewEncoder(&data).Encode(body)
	}
	request, _ := http.NewRequest(method, imgur.ControlURL+path, &data)
	request.Header.Set("Authorization", "Bearer "+imgur.ControlToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 400 {
		t.Fatalf("%s %s: %s", method, path, text)
	}
	if answer != nil {
		json.Unmarshal(text, answer)
	}
}
