<?php

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Imgur.php';

final class AlbumTest extends TestCase
{
    private static Imgur $imgur;

    public static function setUpBeforeClass(): void
    {
        self::$imgur = new Imgur();
    }

    public static function tearDownAfterClass(): void
    {
        self::$imgur->stop();
    }

    protected function setUp(): void
    {
        self::$imgur->control('POST', 'reset');
    }

    protected function assertPostConditions(): void
    {
        $this->assertSame([], self::$imgur->control('GET', 'faults?unmet=true'));
    }

    /** The program to test. */
    private function createAlbum(string $title, ?string $token = null): int
    {
        return $this->post('/3/album', ['title' => $title], $token ?? self::$imgur->ready->access_token)[0];
    }

    private function post(string $path, array $form, string $token): array
    {
        $url = self::$imgur->ready->url . $path;
        return Imgur::send('POST', $url, $token, http_build_query($form), 'application/x-www-form-urlencoded');
    }

    public function testCreatesAnAlbum(): void
    {
        $this->assertSame(200, $this->createAlbum('Holiday'));
        $expected = ['method' => 'POST', 'path' => '/3/album', 'fields' => ['title' => 'Holiday'], 'times' => 1];
        self::$imgur->control('POST', 'assert-called', $expected);
    }

    public function testWorksAgainAfterImgurWasDown(): void
    {
        self::$imgur->control('POST', 'faults', ['status' => 503, 'path' => '/3/album']);
        $this->assertSame(503, $this->createAlbum('Holiday'));
        $this->assertSame(200, $this->createAlbum('Holiday'));
    }

    public function testGetsANewTokenWhenTheOldOneHasExpired(): void
    {
        self::$imgur->control('POST', 'clock', ['advance' => 2 * 3600]);
        $this->assertSame(403, $this->createAlbum('Holiday'));
        $ready = self::$imgur->ready;
        $form = [
            'client_id' => $ready->client_id,
            'client_secret' => $ready->client_secret,
            'refresh_token' => $ready->refresh_token,
            'grant_type' => 'refresh_token',
        ];
        [, $token] = $this->post('/oauth2/token', $form, '');
        $this->assertSame(200, $this->createAlbum('Holiday', $token->access_token));
    }
}
