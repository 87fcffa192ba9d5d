package io.confab.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The least that a fan-out can do: one Netty event loop that builds a WebSocket frame once for each
 * message and writes it to every subscriber, with one flush for what was read together. No log, no
 * membership, no bound on what waits, no token; speaks as much STOMP as {@link LoadGenerator}.
 */
public final class BareLoopServer {
  private BareLoopServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    List<Channel> subscribers = new ArrayList<>();
    Channel server =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(1 << 16),
                            new WebSocketServerProtocolHandler("/ws", "v12.stomp"),
                            new Session(subscribers));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    Child.serve(Child.JSON.createObjectNode().put("port", port), question -> question);
  }

  /** All sessions share one loop, so {@code subscribers} needs no lock. */
  private static final class Session extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    private final List<Channel> subscribers;
    private boolean published;

    Session(List<Channel> subscribers) {
      this.subscribers = subscribers;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof HandshakeComplete) {
        context.pipeline().remove(WebSocketFrameEncoder.class);
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
      String text = frame.text();
      if (text.startsWith("CONNECT")) {
        context.writeAndFlush(webSocketFrame("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0"));
      } else if (text.startsWith("SUBSCRIBE")) {
        subscribers.add(context.channel());
      } else if (text.startsWith("SEND")) {
        ByteBuf message =
            webSocketFrame(
                "MESSAGE\nsubscription:sub-0\nmessage-id:" + text.substring("SEND\n".length()));
        for (Channel subscriber : subscribers) {
          subscriber.write(message.retainedDuplicate(), subscriber.voidPromise());
        }
        message.release();
        published = true;
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (published) {
        published = false;
        subscribers.forEach(Channel::flush);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      subscribers.remove(context.channel());
    }

    private static ByteBuf webSocketFrame(String text) {
      byte[] payload = text.getBytes(StandardCharsets.UTF_8);
      ByteBuf frame = Unpooled.directBuffer(payload.length + 4);
      frame.writeByte(0x81);
      if (payload.length < 126) {
        frame.writeByte(payload.length);
      } else {
        frame.writeByte(126).writeShort(payload.length);
      }
      return frame.writeBytes(payload);
    }
  }
}
