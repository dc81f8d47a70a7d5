import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.ReceiverAdapter;
import org.jgroups.View;

/**
 * One member of a JGroups group, told what to do by lines on its standard input:
 *   java JGroupsMember NAME PORT HOSTS ORDER MEMBERS BUNDLE
 * HOSTS is as in TCPPING (127.0.0.1[7800],127.0.0.1[7801]); ORDER is total or fifo; BUNDLE is how long a message may wait
 * for others in milliseconds, 0 for not at all. Says "ready" when the view has MEMBERS members, and
 * of each view its size and when it came, in nanoseconds.
 *   start BYTES   sends as fast as it may
 *   stop          sends no more
 *   count         says how many messages and bytes it delivered so far, and when, in nanoseconds
 *   ping BYTES N  sends one at a time, each when the last came back; says how long it took, in microseconds: median, 99th percentile
 * The stack is JGroups' own tcp.xml, with SEQUENCER where its sequencer.xml has it, and with the queue before the thread pool that
 * its fast-local.xml has: without it messages are dropped as soon as the machine is busy, and a few thousand a second come at most.
 */
public final class JGroupsMember extends ReceiverAdapter {
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final Semaphore own = new Semaphore(0);
  private final int members;
  private JChannel channel;
  private volatile boolean isSending;
  private volatile boolean isPinging;
  private boolean wasReady;

  private JGroupsMember(int members) {
    this.members = members;
  }

  private static String stack(int port, String hosts, String order, int bundleMs) {
    return "TCP(bind_addr=127.0.0.1;bind_port=" + port + ";port_range=0;loopback=true;recv_buf_size=20M;send_buf_size=640K;"
        + "discard_incompatible_packets=true;max_bundle_size=64K;max_bundle_timeout=" + Math.max(1, bundleMs)
        + ";enable_bundling=" + (bundleMs > 0) + ";enable_diagnostics=false"
        + ";use_send_queues=true;sock_conn_timeout=300;timer_type=new;timer.min_threads=4;timer.max_threads=10;"
        + "timer.keep_alive_time=3000;timer.queue_max_size=500;"
        + "thread_pool.enabled=true;thread_pool.min_threads=2;thread_pool.max_threads=8;thread_pool.keep_alive_time=5000;"
        + "thread_pool.queue_enabled=true;thread_pool.queue_max_size=100000;thread_pool.rejection_policy=discard;"
        + "oob_thread_pool.enabled=true;oob_thread_pool.min_threads=1;oob_thread_pool.max_threads=8;"
        + "oob_thread_pool.keep_alive_time=5000;oob_thread_pool.queue_enabled=false;oob_thread_pool.queue_max_size=100;"
        + "oob_thread_pool.rejection_policy=discard)"
        + ":TCPPING(timeout=3000;initial_hosts=" + hosts + ";port_range=0;num_initial_members=3)"
        + ":MERGE2(min_interval=10000;max_interval=30000):FD_SOCK:FD(timeout=3000;max_tries=3)"
        + ":VERIFY_SUSPECT(timeout=1500):BARRIER"
        + ":pbcast.NAKACK(use_mcast_xmit=false;gc_lag=0;retransmit_timeout=300,600,1200,2400,4800;discard_delivered_msgs=true)"
        + ":UNICAST(timeout=300,600,1200)"
        + ":pbcast.STABLE(stability_delay=1000;desired_avg_gossip=50000;max_bytes=4M)"
        + ":pbcast.GMS(print_local_addr=false;join_timeout=3000;view_bundling=true)"
        + (order.equals("total") ? ":SEQUENCER" : "")
        + ":UFC(max_credits=2M;min_threshold=0.4):MFC(max_credits=2M;min_threshold=0.4):FRAG2(frag_size=60K)";
  }

  @Override
  public void receive(Message message) {
    messages.incrementAndGet();
    bytes.addAndGet(message.getLength());
    if (isPinging && channel.getAddress().equals(message.getSrc())) own.release();
  }

  @Override
  public synchronized void viewAccepted(View view) {
    System.out.println("view " + view.size() + " " + System.nanoTime());
    if (view.size() < members || wasReady) return;
    wasReady = true;
    System.out.println("ready");
  }

  private void sendWhileAsked(int size) {
    final byte[] payload = new byte[size];
    Arrays.fill(payload, (byte) 7);
    isSending = true;
    final Thread sender =
        new Thread(
            () -> {
              try {
                while (isSending) channel.send(new Message((Address) null, null, payload));
              } catch (Exception e) {
                e.printStackTrace();
                System.exit(1);
              }
            });
    sender.setDaemon(true);
    sender.start();
  }

  private void ping(int size, int count) throws Exception {
    final byte[] payload = new byte[size];
    final long[] tookNs = new long[count];
    own.drainPermits();
    isPinging = true;
    for (int i = 0; i < count; i++) {
      final long began = System.nanoTime();
      channel.send(new Message((Address) null, null, payload));
      own.acquire();
      tookNs[i] = System.nanoTime() - began;
    }
    isPinging = false;
    Arrays.sort(tookNs);
    System.out.println("pinged " + tookNs[count / 2] / 1000.0 + " " + tookNs[count * 99 / 100] / 1000.0);
  }

  public static void main(String[] args) throws Exception {
    final JGroupsMember member = new JGroupsMember(Integer.parseInt(args[4]));
    member.channel =
        new JChannel(stack(Integer.parseInt(args[1]), args[2], args[3], Integer.parseInt(args[5])));
    member.channel.setName(args[0]);
    member.channel.setReceiver(member);
    member.channel.connect("bench");
    final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      final String[] words = line.trim().split(" ");
      switch (words[0]) {
        case "start" -> member.sendWhileAsked(Integer.parseInt(words[1]));
        case "stop" -> member.isSending = false;
        case "count" ->
            System.out.println("count " + member.messages + " " + member.bytes + " " + System.nanoTime());
        case "ping" -> member.ping(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        default -> throw new IllegalArgumentException(line);
      }
    }
    // Whoever asked is gone.
    Runtime.getRuntime().halt(0);
  }
}
