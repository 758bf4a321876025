# Makes Net::HTTP read https_proxy for https: it reads http_proxy for both. `pyimgur run` loads this by RUBYOPT.
# Net::HTTP itself is loaded only when the program asks for it.

module PyimgurRelay
  def proxy_uri
    return super unless use_ssl?
    @pyimgur_relay_proxy ||= [URI::HTTPS.build(host: address, port: port).find_proxy]
    @pyimgur_relay_proxy.first
  end
end

module Net
  class Protocol
    def self.inherited(subclass)
      super
      subclass.prepend(PyimgurRelay) if subclass.name == "Net::HTTP"
    end
  end
end
