package album

import (
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

var imgur *Imgur

func TestMain(m *testing.M) {
	var err error
	if imgur, err = startImgur(); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	imgur.stop()
	os.Exit(code)
}

func fresh(t *testing.T) {
	imgur.control(t, "POST", "reset", nil, nil)
	t.Cleanup(func() {
		var unmet []any
		if imgur.control(t, "GET", "faults?unmet=true", nil, &unmet); len(unmet) > 0 {
			t.Errorf("no request met these faults: %v", unmet)
		}
	})
}

// The program to test.
func createAlbum(token, title string) (int, error) {
	body := strings.NewReader(url.Values{"title": {title}}.Encode())
	request, _ := http.NewRequest("POST", imgur.URL+"/3/album", body)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func expect(t *testing.T, expected int, token string) {
	t.Helper()
	if status, err := createAlbum(token, "Holiday"); status != expected || err != nil {
		t.Errorf("expected %d, was %d (%v)", expected, status, err)
	}
}

func TestCreatesAnAlbum(t *testing.T) {
	fresh(t)
	expect(t, 200, imgur.AccessToken)
	album := map[string]any{"title": "Holiday"}
	imgur.control(t, "POST", "assert-called", map[string]any{"method": "POST", "path": "/3/album", "fields": album}, nil)
}

func TestWorksAgainAfterImgurWasDown(t *testing.T) {
	fresh(t)
	imgur.control(t, "POST", "faults", map[string]any{"kind": "down", "path": "/3/album"}, nil)
	expect(t, 503, imgur.AccessToken)
	expect(t, 200, imgur.AccessToken)
}

func TestGetsANewTokenWhenTheOldOneHasExpired(t *testing.T) {
	fresh(t)
	imgur.control(t, "POST", "clock", map[string]any{"advance": 2 * 3600}, nil)
	expect(t, 403, imgur.AccessToken)
	response, err := http.PostForm(imgur.URL+"/oauth2/token", url.Values{
		"client_id": {imgur.ClientID}, "client_secret": {imgur.ClientSecret},
		"refresh_token": {imgur.RefreshToken}, "grant_type": {"refresh_token"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	json.NewDecoder(response.Body).Decode(&token)
	expect(t, 200, token.AccessToken)
}
