/* JACK's functions that Debian's PortAudio calls, for a bundle without JACK.

   PortAudio asks each sound system at its start; where no client can be opened it goes on without
   JACK, so nothing but jack_client_open and the setters before it is ever called. JACK's own
   library would bring Berkeley DB along. */

#include <stddef.h>

#define NONE(name) void *name(void) { return NULL; }

NONE(jack_activate)
NONE(jack_client_close)
NONE(jack_client_open)
NONE(jack_connect)
NONE(jack_deactivate)
NONE(jack_frame_time)
NONE(jack_get_buffer_size)
NONE(jack_get_client_name)
NONE(jack_get_ports)
NONE(jack_get_sample_rate)
NONE(jack_on_shutdown)
NONE(jack_port_by_name)
NONE(jack_port_connected)
NONE(jack_port_disconnect)
NONE(jack_port_get_buffer)
NONE(jack_port_get_latency)
NONE(jack_port_name)
NONE(jack_port_register)
NONE(jack_port_unregister)
NONE(jack_set_error_function)
NONE(jack_set_process_callback)
NONE(jack_set_sample_rate_callback)
NONE(jack_set_xrun_callback)

/* PortAudio makes room for names before it opens a client. */
int jack_client_name_size(void) { return 64; }
int jack_port_name_size(void) { return 320; }
