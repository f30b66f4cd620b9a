/* Full steps of stochastic gradient descent: `4-16-16-3 32` is a network with
 * layers of these sizes and a batch of 32. */
#include "measure.h"

#include <apus.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 8 };

typedef struct {
    int layers;
    apus_tensor *weight[MOST], *bias[MOST];
} network;

static apus_tensor *parameter(apus_tensor *initial)
{
    apus_requires_grad_(initial, true);
    return initial;
}

/* Reads "4-16-16-3". */
static network new_network(const char *sizes)
{
    network net = {.layers = 0};
    char *end;
    int64_t inputs = strtol(sizes, &end, 10);

    while (*end == '-' && net.layers < MOST) {
        int64_t outputs = strtol(end + 1, &end, 10);
        const int64_t shape[] = {outputs, inputs};
        double scale = 1 / sqrt((double)inputs);
        apus_tensor *weight = apus_randn(shape, 2, APUS_FLOAT32);

        net.weight[net.layers] = parameter(apus_mul_scalar(weight, scale));
        net.bias[net.layers++] = parameter(apus_zeros(shape, 1, APUS_FLOAT32));
        inputs = outputs;
    }
    return net;
}

static void update(apus_tensor *parameter)
{
    apus_add_options options = {sizeof options, APUS_SCALAR(-0.01)};

    apus_add_opt_(parameter, apus_grad(parameter), &options);
}

static void step(const network *net, apus_tensor *images, apus_tensor *labels)
{
    apus_tensor *x = images;

    for (int i = 0; i < net->layers; i++) {
        apus_set_grad(net->weight[i], NULL);
        apus_set_grad(net->bias[i], NULL);
        if (i)
            x = apus_relu(x);
        x = apus_linear(x, net->weight[i], net->bias[i]);
    }
    apus_backward(apus_cross_entropy(x, labels, NULL, "mean", -100, 0));
    apus_set_grad_enabled(false);
    for (int i = 0; i < net->layers; i++) {
        update(net->weight[i]);
        update(net->bias[i]);
    }
    apus_set_grad_enabled(true);
}

static double run(const char *name, long batch, long count, const char **reason)
{
    apus_manual_seed(0);

    network net = new_network(name);
    apus_tensor *first = net.weight[0], *last = net.weight[net.layers - 1];
    const int64_t shape[] = {batch, apus_size(first, 1)};
    apus_tensor *images = apus_randn(shape, 2, APUS_FLOAT32);
    apus_tensor *labels =
        apus_randint(0, apus_size(last, 0), shape, 1, APUS_INT64);
    double start = seconds();

    while (count--)
        step(&net, images, labels);
    *reason = apus_error_message();
    return apus_error_code() ? -1 : seconds() - start;
}

int main(void)
{
    serve(run);
    return 0;
}
