<?php

/** Runs an Imgur for tests. The command pyimgur must be in PATH. */
final class Imgur
{
    private const COMMAND = ['pyimgur', 'serve', '--throwaway', '--port', '0', '--json', '--exit-with-parent'];

    /** The server's URL, an account with tokens, an application: what the server printed. */
    public readonly object $ready;

    private $server;
    private array $pipes = [];

    public function __construct()
    {
        $this->server = proc_open(self::COMMAND, [['pipe', 'r'], ['pipe', 'w'], STDERR], $this->pipes);
        $line = fgets($this->pipes[1]) ?: throw new RuntimeException('pyimgur serve did not start');
        $this->ready = json_decode($line);
    }

    public function stop(): void
    {
        fclose($this->pipes[0]); // the server stops when its input ends, also if this process is killed
        proc_close($this->server);
    }

    /** Sends a request to the control API, and throws its error if it is refused. */
    public function control(string $method, string $path, ?array $body = null): mixed
    {
        $json = $body === null ? '' : json_encode($body);
        $url = $this->ready->control_url . $path;
        [$status, $answer] = self::send($method, $url, $this->ready->control_token, $json, 'application/json');
        return $status < 400 ? $answer : throw new RuntimeException($answer->error);
    }

    /** Sends a request, and returns the status and the decoded JSON of the response. */
    public static function send(string $method, string $url, string $token, string $content, string $type): array
    {
        $header = ["Authorization: Bearer $token", "Content-Type: $type"];
        $options = ['method' => $method, 'header' => $header, 'content' => $content, 'ignore_errors' => true];
        $answer = file_get_contents($url, false, stream_context_create(['http' => $options]));
        return [(int) explode(' ', $http_response_header[0])[1], json_decode($answer)];
    }
}
