"""From cameras' pictures to numbers: encoders, and the augmentation of what they learn from; imports core and torch.

encoder_config    the section `encoder` of a training configuration
image_encoder     one network per camera, or one for all: pictures in, features out
spatial_softmax   the default network: a few convolutions, and where each of their maps is brightest
resnet            a residual network of 18 layers
augmentation      random crops and colours
"""
