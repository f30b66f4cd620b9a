/* A two-layer perceptron learns to read handwritten digits.
 *
 *     digits data/digits.csv
 *
 * A line of the file is an 8 x 8 image, 64 numbers from 0 to 16, and then the
 * digit that it shows. A fifth of the images is held back, to judge by.
 *
 * The program frees no tensor. It checks that its memory stays flat. */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 64, HIDDEN = 128, DIGITS = 10, BATCH = 16, EPOCHS = 20 };

static const double rate = 0.05, momentum = 0.9;

/* Megabytes of garbage at which the collector runs. Every epoch makes several
 * times as much, so that a leak would show at once. */
static const double garbage = 4;

/* ---- The images --------------------------------------------------------- */

typedef struct {
    apus_tensor *images; /* (n, PIXELS), float32 from -1 to 1 */
    apus_tensor *labels; /* (n), int64 */
} dataset;

static dataset read_images(const char *path)
{
    enum { ROOM = 2000 * (PIXELS + 1) };
    static float numbers[ROOM];
    int64_t n = 0;
    FILE *file = fopen(path, "r");

    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while (n < ROOM && fscanf(file, "%f%*[,\n]", &numbers[n]) == 1) n++;
    fclose(file);

    const int64_t shape[] = {n / (PIXELS + 1), PIXELS + 1};
    apus_tensor *lines = apus_tensor_from(numbers, shape, 2, APUS_FLOAT32);
    apus_tensor *pixels = apus_narrow(lines, 1, 0, PIXELS);
    apus_tensor *digits = apus_select(lines, 1, PIXELS);

    return (dataset){apus_sub_scalar(apus_div_scalar(pixels, 8), 1),
                     apus_to(digits, APUS_INT64, false)};
}

/* The images that `which` names by number. */
static dataset select_images(dataset data, apus_tensor *which)
{
    return (dataset){apus_index_select(data.images, 0, which),
                     apus_index_select(data.labels, 0, which)};
}

/* ---- The network -------------------------------------------------------- */

enum { WEIGHT1, BIAS1, WEIGHT2, BIAS2, PARAMETERS };

typedef struct {
    apus_tensor *parameter[PARAMETERS];
    apus_tensor *velocity[PARAMETERS];
} network;

/* Random weights that keep the scale of what passes through a layer. */
static apus_tensor *new_weight(int64_t outputs, int64_t inputs)
{
    const int64_t shape[] = {outputs, inputs};

    return apus_mul_scalar(apus_randn(shape, 2, APUS_FLOAT32),
                           sqrt(2.0 / (double)inputs));
}

static network new_network(void)
{
    const int64_t hidden = HIDDEN, digits = DIGITS;
    network net;

    net.parameter[WEIGHT1] = new_weight(HIDDEN, PIXELS);
    net.parameter[BIAS1] = apus_zeros(&hidden, 1, APUS_FLOAT32);
    net.parameter[WEIGHT2] = new_weight(DIGITS, HIDDEN);
    net.parameter[BIAS2] = apus_zeros(&digits, 1, APUS_FLOAT32);
    for (int i = 0; i < PARAMETERS; i++) {
        apus_requires_grad_(net.parameter[i], true);
        net.velocity[i] = apus_zeros_like(net.parameter[i]);
    }
    return net;
}

/* For each image ten numbers; the largest says which digit it is. */
static apus_tensor *scores(const network *net, apus_tensor *images)
{
    apus_tensor *const *p = net->parameter;
    apus_tensor *hidden = apus_relu(apus_linear(images, p[WEIGHT1], p[BIAS1]));

    return apus_linear(hidden, p[WEIGHT2], p[BIAS2]);
}

/* Stochastic gradient descent with momentum; clears the gradients. */
static void step(network *net)
{
    bool recording = apus_set_grad_enabled(false);

    for (int i = 0; i < PARAMETERS; i++) {
        apus_tensor *p = net->parameter[i], *v = net->velocity[i];

        apus_add_(apus_mul_scalar_(v, momentum), apus_grad(p));
        apus_sub_(p, apus_mul_scalar(v, rate));
        apus_set_grad(p, NULL);
    }
    apus_set_grad_enabled(recording);
}

/* One pass over the images in random order; returns the mean loss. */
static double train(network *net, dataset data)
{
    int64_t n = apus_numel(data.labels);
    apus_tensor *order = apus_randperm(n, APUS_INT64);
    double total = 0;

    for (int64_t first = 0; first < n; first += BATCH) {
        int64_t end = first + BATCH;
        apus_tensor *which = apus_slice(order, 0, &first, &end, 1);
        dataset batch = select_images(data, which);
        apus_tensor *loss = apus_cross_entropy(
            scores(net, batch.images), batch.labels, NULL, "mean", -100, 0);

        apus_backward(loss);
        step(net);
        total += apus_item_double(loss) * (double)apus_numel(which);
    }
    return total / (double)n;
}

/* How many images the network reads rightly, in percent. */
static double accuracy(const network *net, dataset data)
{
    const int64_t digit = 1;
    apus_tensor *read = apus_argmax(scores(net, data.images), &digit, false);
    apus_tensor *right = apus_eq(read, data.labels);

    right = apus_to(right, APUS_FLOAT32, false);
    return 100 * apus_item_double(apus_mean(right));
}

/* ---- The program -------------------------------------------------------- */

/* Megabytes of memory that this process has, or 0 where there is no /proc. */
static double resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return (double)pages * 4096 / (1 << 20);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "data/digits.csv";
    dataset all = read_images(path);
    int64_t n = apus_numel(all.labels), fifth = n / 5;

    apus_manual_seed(1);
    apus_tensor *order = apus_randperm(n, APUS_INT64);
    dataset held_back = select_images(all, apus_narrow(order, 0, 0, fifth));
    dataset rest = select_images(all, apus_narrow(order, 0, fifth, n - fifth));
    network net = new_network();
    double right = 0, memory = 0, growth = 0;

    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        double loss = train(&net, rest);

        right = accuracy(&net, held_back);
        if (epoch == 1) memory = resident();
        growth = resident() - memory;
        printf("[%-20.*s] epoch %2d   loss %.4f   held back: %.1f %% right   "
               "memory: %.1f MB\n",
               20 * epoch / EPOCHS, "====================", epoch, loss, right,
               resident());
        fflush(stdout);
    }

    /* The one check: had anything failed, this would be the first error. */
    if (apus_error_code()) {
        fprintf(stderr, "%s: %s\n", path, apus_error_message());
        return EXIT_FAILURE;
    }
    printf("No tensor was freed; memory %s since the first epoch (%+.1f MB).\n",
           growth < garbage ? "is flat" : "GREW", growth);
    return right > 95 && growth < garbage ? EXIT_SUCCESS : EXIT_FAILURE;
}
